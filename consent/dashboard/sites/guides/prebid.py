"""Installation guide for sites that sell their ad space with Prebid."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import Guide, Step

PREBID = Guide(
    "prebid",
    translatable("Prebid and ad servers"),
    (
        Step(
            translatable(
                "Here, under Settings: switch GPP on, state whether your pages give the notice of the right to "
                "opt out, and publish. For visitors in Europe, switch TCF on, which needs a registration of your "
                "own with IAB Europe."
            )
        ),
        Step(
            translatable(
                "In the head, below the blocker and above Prebid and the ad server's code. The first of these "
                "lines is the stub, which answers until the script has loaded:"
            ),
            "@gpp_stub@\n@line@",
        ),
        Step(translatable("With TCF, add its stub there too, above the last of these lines:"), "@tcf_stub@"),
        Step(
            translatable(
                "Build Prebid with the modules consentManagementGpp and gppControl_usnat, and with "
                "gppControl_usstates if you send the states' own sections; for TCF, with consentManagementTcf and "
                "tcfControl. Have it request consent before the first auction; without TCF, leave out the line "
                "gdpr:"
            ),
            'pbjs.que.push(() => pbjs.setConfig({\n  consentManagement: {\n    gpp: { cmpApi: "iab", timeout: 3000 },\n'
            '    gdpr: { cmpApi: "iab", timeout: 3000, defaultGdprScope: false }\n  }\n}))',
        ),
        Step(
            translatable(
                "A refusal then reaches the bidders with the string, and Prebid leaves out IDs and "
                "their cookies. Auctions still run, with ads that don't track anyone. To ask no "
                'bidders after a refusal, add a mark: put data-consent="advertising" on Prebid\'s '
                "script, or add it here under Tags. In Europe this is what blocks it where TCF is "
                "off, because GPP does not cover visitors outside the US. With TCF, Prebid asks only "
                "the bidders that a visitor allowed, and none before a choice."
            )
        ),
        Step(
            translatable(
                "Google Ad Manager reads the string itself. Servers that call exchanges use gpp of the decision "
                "API: its string is regs.gpp of OpenRTB, its applicable_sections are regs.gpp_sid."
            )
        ),
        Step(translatable("In the footer of the page, the way to opt out:"), "@footer@"),
    ),
)
