"""Snippets in the form that vendors document, with made-up ids, and lookalikes; written for these tests."""

from typing import NamedTuple


class Snippet(NamedTuple):
    """A page's HTML, and what must be found in it: vendor, template, parameters."""

    html: str
    vendor: str
    template: str = ""
    parameters: dict[str, str] = {}  # noqa: RUF012 - nothing changes it


def inline(code: str) -> str:
    """Return `code` as an inline script."""
    return f"<script>{code}</script>"


LOADER = (
    "var e=document.createElement('script');e.async=true;e.src={};"
    "var f=document.getElementsByTagName('script')[0];f.parentNode.insertBefore(e,f);"
)
"""How most snippets add their script."""
UUID = "01234567-89ab-cdef-0123-456789abcdef"
HEX32 = "0123456789abcdef0123456789abcdef"

SNIPPETS = {
    "Tag Manager, the address in pieces": Snippet(
        inline(
            "(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});"
            "var f=d.getElementsByTagName(s)[0],j=d.createElement(s),dl=l!='dataLayer'?'&l='+l:'';j.async=true;"
            "j.src='https://www.googletagmanager.com/gtm.js?id='+i+dl;f.parentNode.insertBefore(j,f);"
            "})(window,document,'script','dataLayer','GTM-ABC1234');"
        ),
        "google-tag-manager", "gtm", {"container_id": "GTM-ABC1234"},
    ),
    "Tag Manager from a host of the site's own": Snippet(
        inline(
            "(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':+new Date()});var j=d.createElement(s);"
            "j.src='https://sgtm.shop.example/x.js?id='+i;d.head.append(j)})(window,document,'script','dataLayer','GTM-OWN77');"
        ),
        "google-tag-manager", "gtm", {"container_id": "GTM-OWN77"},
    ),
    "Tag Manager in the data of a framework": Snippet(
        inline('window.__NUXT__={config:{public:{gtm:{id:"GTM-NUXT99"}}}}'),
        "google-tag-manager", "gtm", {"container_id": "GTM-NUXT99"},
    ),
    "Google Analytics 4": Snippet(
        '<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABCDE12345"></script>'
        + inline("window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}gtag('js',new Date());gtag('config','G-ABCDE12345');"),
        "google-analytics", "ga4", {"measurement_id": "G-ABCDE12345"},
    ),
    "Google Analytics 4, the script added by code": Snippet(
        inline("var id='G-ZYXWV98765';" + LOADER.format("'https://www.googletagmanager.com/gtag/js?id='+id") + "gtag('config', \"G-ZYXWV98765\");"),
        "google-analytics", "ga4", {"measurement_id": "G-ZYXWV98765"},
    ),
    "Google Analytics by next/script in the stream of Next": Snippet(
        inline(r'self.__next_f.push([1,"5:[\"$\",\"$L6\",null,{\"src\":\"https://www.googletagmanager.com/gtag/js?id=G-NEXT123456\",\"strategy\":\"afterInteractive\"}]"])'),
        "google-analytics", "ga4", {"measurement_id": "G-NEXT123456"},
    ),
    "Universal Analytics": Snippet(
        inline("(function(i,s,o,g,r,a,m){a=s.createElement(o);a.src=g;s.head.append(a)})(window,document,'script','https://www.google-analytics.com/analytics.js','ga');ga('create','UA-12345-1','auto');"),
        "google-analytics", "universal-analytics",
    ),
    "Classic Analytics, the scheme chosen by the page's": Snippet(
        inline("var _gaq=_gaq||[];_gaq.push(['_setAccount','UA-1-1']);" + LOADER.format("('https:' == document.location.protocol ? 'https://ssl' : 'http://www') + '.google-analytics.com/ga.js'")),
        "google-analytics", "universal-analytics",
    ),
    "Universal Analytics by gtag.js": Snippet(
        '<script async src="https://www.googletagmanager.com/gtag/js?id=UA-12345-6"></script>'
        + inline("window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments);}gtag('js',new Date());gtag('config','UA-12345-6');"),
        "google-analytics", "universal-analytics",
    ),
    "Analytics as it was at first": Snippet(
        '<script src="https://ssl.google-analytics.com/urchin.js"></script>' + inline('_uacct="UA-12345-7";urchinTracker();'),
        "google-analytics", "universal-analytics",
    ),
    "Google Ads": Snippet(
        '<script async src="https://www.googletagmanager.com/gtag/js?id=AW-123456789"></script>' + inline("gtag('config','AW-123456789')"),
        "google-ads", "google-ads", {"conversion_id": "AW-123456789"},
    ),
    "Google tag, whose id does not say what it serves": Snippet(
        '<script async src="https://www.googletagmanager.com/gtag/js?id=GT-ABC1234"></script>' + inline("gtag('config','GT-ABC1234')"),
        "google-tag", "google-tag", {"tag_id": "GT-ABC1234"},
    ),
    "Google AdSense": Snippet(
        '<script async src="https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js?client=ca-pub-0123456789012345" crossorigin="anonymous"></script>',
        "google-adsense", "adsense", {"publisher": "ca-pub-0123456789012345"},
    ),
    "Google Fonts by link": Snippet(
        '<link rel="stylesheet" href="https://fonts.googleapis.com/css2?family=Roboto&display=swap">', "google-fonts", "google-fonts"
    ),
    "Google Fonts by @import": Snippet(
        "<style>/* type */ @import url('https://fonts.googleapis.com/css?family=Lato');</style>", "google-fonts", "google-fonts"
    ),
    "Google Fonts by WebFont": Snippet(
        '<script src="https://ajax.googleapis.com/ajax/libs/webfont/1.6.26/webfont.js"></script>'
        + inline("WebFont.load({ google: { families: ['Droid Sans'] } });"),
        "google-fonts", "google-fonts",
    ),
    "Google Maps": Snippet(
        f'<script src="https://maps.googleapis.com/maps/api/js?key=AIza{"a" * 35}&libraries=places&callback=initMap" async></script>',
        "google-maps", "google-maps-api", {"key": f"AIza{'a' * 35}", "callback": "initMap"},
    ),
    "reCAPTCHA": Snippet(
        f'<script src="https://www.google.com/recaptcha/api.js?render=6L{"b" * 38}"></script>',
        "google-recaptcha", "recaptcha", {"site_key": f"6L{'b' * 38}"},
    ),
    "Meta Pixel": Snippet(
        inline(
            "!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.queue.push(arguments)};n.queue=[];t=b.createElement(e);"
            "t.src=v;s=b.getElementsByTagName(e)[0];s.parentNode.insertBefore(t,s)}(window,document,'script',"
            "'https://connect.facebook.net/en_US/fbevents.js');fbq('init', '1234567890123456');fbq('track','PageView');"
        )
        + '<noscript><img height="1" width="1" src="https://www.facebook.com/tr?id=1234567890123456&ev=PageView&noscript=1"/></noscript>',
        "meta-pixel", "meta-pixel", {"pixel_id": "1234567890123456"},
    ),
    "Meta Pixel, its calls apart from its loader": Snippet(
        inline(LOADER.format("'//connect.facebook.net/de_DE/fbevents.js'")) + inline('fbq("init",9876543210987)'),
        "meta-pixel", "meta-pixel", {"pixel_id": "9876543210987"},
    ),
    "Hotjar": Snippet(
        inline(
            "(function(h,o,t,j,a,r){h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};h._hjSettings={hjid:1234567,hjsv:6};"
            "a=o.getElementsByTagName('head')[0];r=o.createElement('script');r.async=1;r.src=t+h._hjSettings.hjid+j+h._hjSettings.hjsv;"
            "a.appendChild(r);})(window,document,'https://static.hotjar.com/c/hotjar-','.js?sv=');"
        ),
        "hotjar", "hotjar", {"site_id": "1234567"},
    ),
    "LinkedIn Insight in two scripts": Snippet(
        inline('_linkedin_partner_id = "123456"; window._linkedin_data_partner_ids = window._linkedin_data_partner_ids || []; window._linkedin_data_partner_ids.push(_linkedin_partner_id);')
        + inline("(function(l){var b=document.createElement('script');b.async=true;b.src='https://snap.licdn.com/li.lms-analytics/insight.min.js';document.head.append(b)})(window.lintrk);"),
        "linkedin-insight", "linkedin-insight", {"partner_id": "123456"},
    ),
    "Segment": Snippet(
        inline(
            '!function(){var analytics=window.analytics=window.analytics||[];analytics.load=function(key,e){var t=document.createElement("script");'
            't.src="https://cdn.segment.com/analytics.js/v1/" + key + "/analytics.min.js"};analytics.SNIPPET_VERSION="4.15.3";analytics.load("KEY");}();'
        ),
        "segment", "segment",
    ),
    "Crisp": Snippet(
        inline(f'window.$crisp=[];window.CRISP_WEBSITE_ID="{UUID}";' + LOADER.format('"https://client.crisp.chat/l.js"')), "crisp", "crisp", {"website_id": UUID}
    ),
    "Intercom": Snippet(
        inline("window.intercomSettings={api_base:'https://api-iam.intercom.io',app_id:'abcd1234'};(function(){var w=window;var l=function(){" + LOADER.format("'https://widget.intercom.io/widget/abcd1234'") + "};l()})();"),
        "intercom", "intercom", {"app_id": "abcd1234", "region": "api-iam"},
    ),
    "HubSpot": Snippet(
        '<script type="text/javascript" id="hs-script-loader" async defer src="//js.hs-scripts.com/1234567.js"></script>',
        "hubspot", "hubspot", {"hub_id": "1234567", "server": "js"},
    ),
    "HubSpot's forms": Snippet(
        '<script src="https://js.hsforms.net/forms/v2.js"></script>' + inline(f'hbspt.forms.create({{region:"na1",portalId:"7654321",formId:"{UUID}"}});'),
        "hubspot", "hubspot", {"hub_id": "7654321"},
    ),
    "Matomo at a host of its own": Snippet(
        inline(
            'var _paq=window._paq=window._paq||[];_paq.push(["trackPageView"]);(function(){var u="//stats.elsewhere.example/";'
            '_paq.push(["setTrackerUrl",u+"matomo.php"]);_paq.push(["setSiteId","1"]);var d=document,g=d.createElement("script");g.src=u+"matomo.js";d.head.append(g);})();'
        ),
        "matomo", "matomo", {"host": "stats.elsewhere.example", "site_id": "1"},
    ),
    "Matomo Cloud": Snippet(
        inline(
            "var _paq=window._paq=window._paq||[];_paq.push(['setSiteId','3']);" + LOADER.format("'https://cdn.matomo.cloud/shop.matomo.cloud/matomo.js'")
        ),
        "matomo", "matomo-cloud", {"account": "shop", "site_id": "3"},
    ),
    "Clarity": Snippet(
        inline('(function(c,l,a,r,i,t,y){c[a]=c[a]||function(){(c[a].q=c[a].q||[]).push(arguments)};t=l.createElement(r);t.async=1;t.src="https://www.clarity.ms/tag/"+i;y=l.getElementsByTagName(r)[0];y.parentNode.insertBefore(t,y);})(window,document,"clarity","script","abcdefgh12");'),
        "microsoft-clarity", "clarity", {"project_id": "abcdefgh12"},
    ),
    "Microsoft Ads": Snippet(
        inline('(function(w,d,t,r,u){var f=function(){var o={ti:"12345678"};w[u]=new UET(o)},n=d.createElement(t);n.src=r;d.head.append(n)})(window,document,"script","//bat.bing.com/bat.js","uetq");'),
        "microsoft-ads", "uet", {"tag_id": "12345678"},
    ),
    "TikTok": Snippet(
        inline('!function(w,d,t){w.TiktokAnalyticsObject=t;var ttq=w[t]=w[t]||[];ttq.load=function(e){var r="https://analytics.tiktok.com/i18n/pixel/events.js";};ttq.load("C4ABCDEFGHIJ01234567");}(window,document,"ttq");'),
        "tiktok-pixel", "tiktok-pixel", {"pixel_id": "C4ABCDEFGHIJ01234567"},
    ),
    "Pinterest": Snippet(
        inline('!function(e){if(!window.pintrk){window.pintrk=function(){};var t=document.createElement("script");t.src=e;document.head.append(t)}}("https://s.pinimg.com/ct/core.js");pintrk("load","2612345678901");pintrk("page");'),
        "pinterest-tag", "pinterest-tag", {"tag_id": "2612345678901"},
    ),
    "X Ads": Snippet(
        inline("!function(e,t,n,s,u,a){e.twq||(s=e.twq=function(){},u=t.createElement(n),u.async=!0,u.src='https://static.ads-twitter.com/uwt.js')}(window,document,'script');twq('config','o1abc');"),
        "x-ads", "x-ads", {"pixel_id": "o1abc"},
    ),
    "posts of X": Snippet('<script async src="https://platform.twitter.com/widgets.js" charset="utf-8"></script>', "x-widgets", "x-widgets"),
    "Reddit": Snippet(
        inline('!function(w,d){if(!w.rdt){var t=d.createElement("script");t.src="https://www.redditstatic.com/ads/pixel.js";d.head.append(t)}}(window,document);rdt("init","t2_abcdef");'),
        "reddit-pixel", "reddit-pixel", {"pixel_id": "t2_abcdef"},
    ),
    "Snap": Snippet(
        inline(f"(function(e,t,n){{var a=e.snaptr=function(){{}};var s='script';var r=t.createElement(s);r.src=n;}})(window,document,'https://sc-static.net/scevent.min.js');snaptr('init','{UUID}',{{}});"),
        "snapchat-pixel", "snap-pixel", {"pixel_id": UUID},
    ),
    "Plausible": Snippet(
        '<script defer data-domain="shop.example" src="https://plausible.io/js/script.js"></script>',
        "plausible", "plausible", {"domain": "shop.example"},
    ),
    "Plausible, another build of its script": Snippet(
        '<script defer data-domain="shop.example" src="https://plausible.io/js/script.outbound-links.js"></script>',
        "plausible", "plausible", {"domain": "shop.example"},
    ),
    "Umami": Snippet(
        f'<script defer src="https://cloud.umami.is/script.js" data-website-id="{UUID}"></script>', "umami", "umami", {"website_id": UUID}
    ),
    "Mixpanel": Snippet(
        inline('(function(f,b){var e=f.createElement("script");e.src="undefined"!==typeof MIXPANEL_CUSTOM_LIB_URL?MIXPANEL_CUSTOM_LIB_URL:"//cdn.mxpnl.com/libs/mixpanel-2-latest.min.js";})(document,[]);mixpanel.init("0123456789abcdef0123456789abcdef",{api_host:"https://api-eu.mixpanel.com"});'),
        "mixpanel", "mixpanel", {"token": "0123456789abcdef0123456789abcdef", "server": "api-eu"},
    ),
    "Amplitude": Snippet(
        '<script src="https://cdn.amplitude.com/libs/analytics-browser-2.11.1-min.js.gz"></script>' + inline("amplitude.init('0123456789abcdef0123456789abcdef')"),
        "amplitude", "amplitude", {"api_key": "0123456789abcdef0123456789abcdef"},
    ),
    "PostHog": Snippet(
        inline("!function(t,e){var o;e.__SV||(window.posthog=e,e.init=function(i,s){(p=t.createElement('script')).src=s.api_host.replace('.i.posthog.com','-assets.i.posthog.com')+'/static/array.js'})}(document,[]);posthog.init('phc_0123456789abcdefghij',{api_host:'https://eu.i.posthog.com'})"),
        "posthog", "posthog", {"token": "phc_0123456789abcdefghij", "region": "eu"},
    ),
    "Drift": Snippet(
        inline('"use strict";!function(){var t=window.driftt=window.drift=window.driftt||[];t.SNIPPET_VERSION="0.3.1",t.load=function(t){var o=document.createElement("script");o.src="https://js.driftt.com/include/"+e+"/"+t+".js"}}();drift.SNIPPET_VERSION="0.3.1";drift.load("abc");'),
        "drift", "drift",
    ),
    "Tawk": Snippet(
        inline("var Tawk_API=Tawk_API||{};(function(){" + LOADER.format("'https://embed.tawk.to/0123456789abcdef01234567/1abcdefgh'") + "})();"),
        "tawk-to", "tawk-to", {"property": "0123456789abcdef01234567", "widget": "1abcdefgh"},
    ),
    "Zendesk": Snippet(
        f'<script id="ze-snippet" src="https://static.zdassets.com/ekr/snippet.js?key={UUID}"></script>',
        "zendesk-widget", "zendesk-widget", {"key": UUID},
    ),
    "Disqus": Snippet(
        inline("var disqus_config=function(){this.page.url=PAGE_URL;};(function(){var d=document,s=d.createElement('script');s.src='https://shop.disqus.com/embed.js';(d.head||d.body).appendChild(s);})();"),
        "disqus", "disqus",
    ),
    "Disqus, the address in pieces": Snippet(
        inline("var disqus_shortname='shop';" + LOADER.format("'//' + disqus_shortname + '.disqus.com/embed.js'")), "disqus", "disqus"
    ),
    "AddThis": Snippet('<script src="//s7.addthis.com/js/300/addthis_widget.js#pubid=ra-1"></script>', "addthis", "addthis"),
    "ShareThis": Snippet(
        '<script src="https://platform-api.sharethis.com/js/sharethis.js#property=1&product=inline" async></script>', "sharethis", "sharethis"
    ),
    "VWO": Snippet(
        inline("window._vwo_code=window._vwo_code||(function(){var account_id=1,hide_element='body';return{load:function(a){var b=document.createElement('script');b.src=a}}})();_vwo_code.load('https://dev.visualwebsiteoptimizer.com/j.php?a=1');"),
        "visual-website-optimizer", "vwo",
    ),
    "Optimizely": Snippet('<script src="https://cdn.optimizely.com/js/1234567890.js"></script>', "optimizely", "optimizely", {"project_id": "1234567890"}),
    "Criteo": Snippet(
        '<script src="//dynamic.criteo.com/js/ld/ld.js?a=12345" async></script>' + inline('window.criteo_q=window.criteo_q||[];window.criteo_q.push({event:"setAccount",account:12345});'),
        "criteo", "criteo", {"account": "12345"},
    ),
    "Klaviyo": Snippet(
        '<script async type="text/javascript" src="https://static.klaviyo.com/onsite/js/klaviyo.js?company_id=AbC123"></script>',
        "klaviyo", "klaviyo", {"company": "AbC123"},
    ),
    "Mouseflow": Snippet(
        inline(f"window._mfq=window._mfq||[];(function(){{var mf=document.createElement('script');mf.src='//cdn.mouseflow.com/projects/{UUID}.js';document.head.appendChild(mf)}})();"),
        "mouseflow", "mouseflow", {"website_id": UUID},
    ),
    "Inspectlet": Snippet(
        inline("window.__insp=window.__insp||[];__insp.push(['wid',1234567890]);" + LOADER.format("'https://cdn.inspectlet.com/inspectlet.js?wid=1234567890'")),
        "inspectlet", "inspectlet", {"wid": "1234567890"},
    ),
    "Statcounter": Snippet(
        inline("var sc_project=1234567;var sc_security='abcdef12';") + '<script src="https://www.statcounter.com/counter/counter.js" async></script>',
        "statcounter", "statcounter",
    ),
    "Clicky": Snippet(
        inline("var clicky_site_ids=clicky_site_ids||[];clicky_site_ids.push(101234567);") + '<script async src="//static.getclicky.com/js"></script>',
        "clicky", "clicky", {"site_id": "101234567"},
    ),
    "Baidu": Snippet(
        inline(f'var _hmt=_hmt||[];(function(){{var hm=document.createElement("script");hm.src="https://hm.baidu.com/hm.js?{HEX32}";document.head.append(hm)}})();'),
        "baidu", "baidu-tongji", {"site_id": HEX32},
    ),
    "Cloudflare's beacon": Snippet(
        f"""<script defer src="https://static.cloudflareinsights.com/beacon.min.js" data-cf-beacon='{{"token": "{HEX32}"}}'></script>""",
        "cloudflare-web-analytics", "cloudflare-web-analytics", {"token": HEX32},
    ),
    "GoatCounter": Snippet(
        '<script data-goatcounter="https://shop.goatcounter.com/count" async src="//gc.zgo.at/count.js"></script>',
        "goatcounter", "goatcounter", {"code": "shop"},
    ),
    "YouTube": Snippet('<iframe width="560" height="315" src="https://www.youtube.com/embed/abcdefghijk"></iframe>', "youtube-cookies", "youtube"),
    "Vimeo, loaded lazily": Snippet('<iframe class="lazyload" data-src="https://player.vimeo.com/video/1"></iframe>', "vimeo", "vimeo"),
    "Tidio, put off by WP Rocket": Snippet(
        f'<script type="rocketlazyloadscript" data-rocket-src="https://code.tidio.co/{HEX32}.js"></script>', "tidio", "tidio", {"public_key": HEX32}
    ),
    "Smartsupp with its slashes escaped": Snippet(
        inline(r'var _smartsupp=_smartsupp||{};_smartsupp.key="x";c.src="https:\/\/www.smartsuppchat.com\/loader.js?";'), "smartsupp", "smartsupp"
    ),
    "Yandex Metrica": Snippet(
        inline("(function(m,e,t,r,i,k,a){m[i]=m[i]||function(){(m[i].a=m[i].a||[]).push(arguments)};k=e.createElement(t);k.async=1;k.src=r;e.head.append(k)})(window,document,'script','https://mc.yandex.ru/metrika/tag.js','ym');ym(12345678,'init',{webvisor:true});"),
        "yandex-metrica", "yandex-metrica",
    ),
    "Yandex Metrica as it was": Snippet(
        inline("(function(w,c){(w[c]=w[c]||[]).push(function(){w.yaCounter1=new Ya.Metrika({id:1})})})(window,'yandex_metrika_callbacks');")
        + '<script src="//mc.yandex.ru/metrika/watch.js" defer="defer"></script>',
        "yandex-metrica", "yandex-metrica",
    ),
    "VK's pixel": Snippet(
        inline('!function(){var t=document.createElement("script");t.src="https://vk.com/js/api/openapi.js?169",t.onload=function(){VK.Retargeting.Init("VK-RTRG-1-abc")},document.head.appendChild(t)}();'),
        "vk-pixel", "vk-pixel",
    ),
    "VK's widgets": Snippet(
        '<script src="https://vk.com/js/api/openapi.js?169"></script>' + inline('VK.Widgets.Group("vk_groups",{mode:3},1);'), "vk-widgets", "vk-widgets"
    ),
    "Facebook's SDK": Snippet(
        '<script async defer crossorigin="anonymous" src="https://connect.facebook.net/de_DE/sdk.js#xfbml=1&version=v19.0"></script>',
        "meta-social-plugins", "meta-social-plugins",
    ),
    "FullStory": Snippet(
        inline("window['_fs_host']='fullstory.com';window['_fs_org']='ABC';(function(m,n,e,t){o=n.createElement(t);o.src='https://'+_fs_host+'/s/fs.js'})(window,document,window['_fs_namespace'],'script');"),
        "fullstory", "fullstory",
    ),
    "Heap": Snippet(
        inline('window.heap=window.heap||[],heap.load=function(e,t){var r=document.createElement("script");r.src="https://cdn.heapanalytics.com/js/heap-"+e+".js"};heap.load("123");'),
        "heap", "heap",
    ),
    "Quora": Snippet(
        inline("!function(q,e,v,n,t,s){n=q.qp=function(){};t=document.createElement(e);t.src=v}(window,'script','https://a.quora.com/qevents.js');qp('init','x');"),
        "quora-pixel", "quora-pixel",
    ),
    "JivoChat": Snippet('<script src="//code.jivosite.com/widget/AbCdEf1234" async></script>', "jivochat", "jivochat", {"widget_id": "AbCdEf1234"}),
    "LogRocket": Snippet(
        '<script src="https://cdn.lr-in.com/LogRocket.min.js" crossorigin="anonymous"></script>' + inline("window.LogRocket&&window.LogRocket.init('a/b');"),
        "logrocket", "logrocket",
    ),
    "New Relic": Snippet(inline(";window.NREUM||(NREUM={});NREUM.init={};NREUM.loader_config={accountID:'1'};"), "new-relic", "new-relic"),
    "Instagram": Snippet('<script async src="//www.instagram.com/embed.js"></script>', "instagram", "instagram"),
    "a map of Google": Snippet('<iframe src="https://www.google.com/maps/embed?pb=!1m18" width="600"></iframe>', "google-maps", "google-maps-frame"),
    "Stripe": Snippet('<script src="https://js.stripe.com/v3/"></script>', "stripe", "stripe-js"),
    "Sentry": Snippet(f'<script src="https://js.sentry-cdn.com/{HEX32}.min.js" crossorigin="anonymous"></script>', "sentry", "sentry", {"public_key": HEX32}),
    "Awin": Snippet('<script src="https://www.dwin1.com/12345.js" defer></script>', "awin", "mastertag", {"advertiser_id": "12345"}),
    "Taboola": Snippet(
        inline("window._tfa=window._tfa||[];_tfa.push({notify:'event',name:'page_view',id:1234567});!function(t,f,a,x){t.async=1;t.src=a;f.parentNode.insertBefore(t,f)}(document.createElement('script'),document.getElementsByTagName('script')[0],'//cdn.taboola.com/libtrc/unip/1234567/tfa.js','tb_tfa_script');"),
        "taboola", "taboola", {"account": "1234567"},
    ),
    "ClickCease": Snippet(
        inline(
            "var script=document.createElement('script');script.async=true;script.type='text/javascript';"
            "var target='https://www.clickcease.com/monitor/stat.js';script.src=target;document.head.appendChild(script);"
        ),
        "clickcease",
    ),
    "LeadConnector": Snippet(
        '<script src="https://widgets.leadconnectorhq.com/loader.js" data-widget-id="abcdef0123456789abcdef01"></script>',
        "leadconnector",
    ),
}  # fmt: skip

LOOK_ALIKES = {
    "jQuery of Google's libraries": '<script src="https://ajax.googleapis.com/ajax/libs/jquery/3.7.1/jquery.min.js"></script>',
    "jQuery of cdnjs": '<script src="https://cdnjs.cloudflare.com/ajax/libs/jquery/3.7.1/jquery.min.js"></script>',
    "a library of unpkg": '<script src="https://unpkg.com/vue@3"></script>',
    "a library of jsDelivr": '<script type="module" src="https://cdn.jsdelivr.net/npm/swiper@11/swiper-bundle.min.mjs"></script>',
    "Google's charts": '<script src="https://www.gstatic.com/charts/loader.js"></script>',
    "links to networks": '<a href="https://www.facebook.com/shop">us</a>' + inline("const social={facebook:'https://www.facebook.com/shop',x:'https://x.com/shop',linkedin:'https://www.linkedin.com/company/shop'}"),
    "ids of an anti-flicker snippet": inline("(function(a,s,y,n,c,h){(a[n]=a[n]||[]).hide=h})(window,document.documentElement,'async-hide','dataLayer',4000,{'GTM-ABC1234':true});"),
    "a commented snippet": "<!--" + SNIPPETS["Meta Pixel"].html + "-->" + inline("// fbq('init','1234567890123456')\n/* j.src='https://www.googletagmanager.com/gtm.js?id='+i; 'GTM-ABC1234' */ var a=1;"),
    "a tracker without scripts alone": '<noscript><iframe src="https://www.googletagmanager.com/ns.html?id=GTM-ABC1234"></iframe><img src="https://www.facebook.com/tr?id=1"></noscript>',
    "data about a page": '<script type="application/ld+json">{"sameAs":["https://www.youtube.com/@shop","https://www.instagram.com/shop"],"script":"https://connect.facebook.net/en_US/fbevents.js"}</script>',
    "words of code that mean other things": inline("const clarity=script=>script;var pixel={init(id){return id}};pixel.init('1234567890123456');analytics={load(){}};analytics.load();ga=x=>x;segment(1);drift=2"),
    "a template that nobody renders": '<template><script src="https://static.hotjar.com/c/hotjar-1.js"></script></template>',
    "photos of elsewhere": '<img src="https://images.photos.example/a.jpg" width="400" height="300" alt="">',
}  # fmt: skip
