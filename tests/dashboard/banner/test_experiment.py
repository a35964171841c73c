"""The Experiment page: variants in the draft, their counts, and a person ending the experiment."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from consent.storage.statistics.event_counters import Event, add_counts
from tests.axe import AXE, RUN
from tests.dashboard.client import Dashboard
from tests.dashboard.publishing.publish_page import publish
from tests.dashboard.strict_page import strict_page
from tests.dashboard.timed_walk import WIDE_FIRST
from tests.walks import Walk

pytestmark = pytest.mark.extended

PAGE = "/sites/demo/experiment"
B = {"weight": "1", "name": "Shorter", "text.title": "Your choice", "accent": "#7a1fa2", "radius": "12"}


def start(dashboard: Dashboard) -> str:
    """Add a variant and publish; return the config's name."""
    marketing = dashboard.browser("marketing")
    assert marketing.post(f"{PAGE}/variants/b", B).status_code == 302
    assert publish(marketing) == 302
    with dashboard.database() as connection:
        return str(connection.execute("SELECT live_config FROM site WHERE key = 'demo'").fetchone()[0])


def count(dashboard: Dashboard, config: str, variant: str, shown: int = 0, **answers: int) -> None:
    """Count banner views and answers for yesterday, as the service does."""
    with dashboard.engine.begin() as connection:
        place = (day := int(time.time()) // 86400, config, "DE", "", "eu_opt_in", "en", variant, "phone", False)
        add_counts(connection, {Event(1, *place, "shown"): shown})
        for action, number in answers.items():
            facts = {"device": "phone", "arrival": "prompt", "method": "click", "choice": "111", "action": action}
            row = {"site_id": 1, "span": 1, "day": day, "config": config, "country": "DE", "subdivision": ""}
            row |= {"regime": "eu_opt_in", "language": "en", "variant": variant, "is_bot": False, "count": number}
            names = ", ".join(row | facts)
            marks = ", ".join(f":{name}" for name in row | facts)
            connection.exec_driver_sql(f"INSERT INTO choice_count ({names}) VALUES ({marks})", row | facts)


def test_a_variant_keeps_what_differs_from_the_banner_and_the_differences_say_so(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    look = dashboard.draft()["look"]
    form = B | {"radius": str(look["radius"]), "position": look["position"], "font": look["font"]}
    form |= {"button_settings": "quiet", "text.text": " ", "then": "review"}
    answer = marketing.post(f"{PAGE}/variants/b", form)
    assert answer.headers["Location"].endswith("/sites/demo/publish")
    variant = {"id": "b", "weight": 1, "name": "Shorter", "look": {"accent": "#7a1fa2"}}
    assert dashboard.draft()["variants"] == [
        {"id": "a", "weight": 1},
        variant | {"texts": {"en": {"title": "Your choice"}}},
    ]
    page = marketing.get("/sites/demo/publish").text
    assert "Variant B: Color of the buttons" in page
    assert "Variant B: Title, English" in page
    assert "Your choice" in page
    assert "The experiment starts when you publish the draft." in marketing.get(PAGE).text
    frame = marketing.get(f"{PAGE}/variants/b/frame").text
    assert "--accent:#7a1fa2!important" in frame
    assert "Your choice" in frame
    assert "#7a1fa2" not in marketing.get(f"{PAGE}/variants/a/frame").text
    assert '<option value="b"' in marketing.get("/sites/demo/preview").text
    assert "#7a1fa2" in marketing.get("/sites/demo/preview/frame?variant=b").text
    assert "#7a1fa2" not in marketing.get("/sites/demo/preview/frame").text
    audit = dashboard.browser("compliance").get("/sites/demo/audit").text
    assert "Added variant B to the experiment" in audit
    marketing.post("/sites/demo/publish/reverted", {"subject": "experiment"})
    assert dashboard.draft()["variants"] == [{"id": "a", "weight": 1}]


@pytest.mark.parametrize(
    ("form", "path"),
    [
        (B | {"accent": "red"}, "variants.1.look.accent"),
        (B | {"radius": "99"}, "variants.1.look.radius"),
        (B | {"weight": "0"}, "variants.1.weight"),
        (B | {"weight": ""}, "variants.1.weight"),
        (B | {"text.title": "x" * 2001}, "variants.1.texts.en.title"),
    ],
)
def test_an_invalid_field_is_named_and_nothing_is_saved(dashboard: Dashboard, form: dict[str, str], path: str) -> None:
    answer = dashboard.browser("marketing").post(f"{PAGE}/variants/b", form)
    assert answer.status_code == 422
    assert f'id="fault-{path}"' in answer.text
    assert len(dashboard.draft()["variants"]) == 1


def unchanged(dashboard: Dashboard) -> dict[str, str]:
    """Return the form of a new variant as the page shows it."""
    look = dashboard.draft()["look"]
    kept = {key: str(look[key]) for key in ("accent", "radius", "position", "font")}
    return kept | {"weight": "1", "name": "", "button_settings": "quiet", "text.title": ""}


def test_a_variant_that_looks_like_another_is_rejected_beside_the_title(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    form = unchanged(dashboard)
    for title in ("", "Your cookie choices"):  # the shipped title
        answer = marketing.post(f"{PAGE}/variants/b", form | {"text.title": title, "name": "Copy"})
        assert answer.status_code == 422
        fault = re.search(r'id="fault-variants\.1\.texts\.en\.title">([^<]+)', answer.text)
        assert fault
        assert fault[1] == "This variant does not differ from the banner."
    assert len(dashboard.draft()["variants"]) == 1
    assert marketing.post(f"{PAGE}/variants/b", form | {"text.title": "Yours"}).status_code == 302
    answer = marketing.post(f"{PAGE}/variants/c", form | {"text.title": "Yours", "weight": "3"})
    assert (answer.status_code, "This variant does not differ from variant B." in answer.text) == (422, True)
    assert marketing.post(f"{PAGE}/variants/b", form | {"text.title": "Yours", "weight": "3"}).status_code == 302
    assert marketing.post(f"{PAGE}/variants/a", {"weight": "2"}).status_code == 302


def test_a_variant_is_previewed_and_checked_while_typing(dashboard: Dashboard) -> None:
    marketing, viewer = dashboard.browser("marketing"), dashboard.browser("viewer")
    form = unchanged(dashboard) | {"text.title": "Not saved yet", "accent": "#7a1fa2"}
    frame = marketing.post(f"{PAGE}/variants/b/frame?device=dark", form).text
    assert "Not saved yet" in frame
    assert "--accent:#7a1fa2!important" in frame
    assert "Not saved yet" not in viewer.post(f"{PAGE}/variants/b/frame", form).text
    assert "Enter at most 24." in marketing.post(f"{PAGE}/variants/b/frame", form | {"radius": "99"}).text
    checks = f"{PAGE}/variants/b/checks"
    assert "Can be published" in marketing.post(checks, form).text
    assert "Variant B: In English" in marketing.post(checks, form | {"text.reject_all": "Learn more"}).text
    assert "does not differ from the banner" in marketing.post(checks, unchanged(dashboard)).text
    for path in ("variants/c/frame", "variants/x/frame", "variants/c/checks"):
        assert marketing.post(f"{PAGE}/{path}", form).status_code == 404
    assert len(dashboard.draft()["variants"]) == 1


def test_an_unfair_variant_is_reported_on_the_page_and_rejected_at_publish(dashboard: Dashboard) -> None:
    marketing = dashboard.browser("marketing")
    marketing.post(f"{PAGE}/variants/b", B | {"text.reject_all": "Learn more"})
    assert "Variant B: In English" in marketing.get(PAGE).text
    assert publish(marketing) == 422


def test_only_who_may_change_the_look_changes_an_experiment_and_all_roles_see_it(dashboard: Dashboard) -> None:
    start(dashboard)
    for name in ("compliance", "viewer"):
        other = dashboard.browser(name)
        page = other.get(PAGE).text
        assert "Results" in page
        assert "End with" not in page
        assert 'name="weight"' not in page
        for path, form in (("variants/b", B), ("variants/b/removal", {}), ("end", {"winner": "b"})):
            assert other.post(f"{PAGE}/{path}", form).status_code == 403
    marketing = dashboard.browser("marketing")
    for path, form in (("variants/d", B), ("variants/x", B), ("end", {"winner": "c"}), ("variants/c/removal", {})):
        assert marketing.post(f"{PAGE}/{path}", form).status_code == 404


def test_results_have_intervals_and_say_when_it_is_not_enough_yet(dashboard: Dashboard) -> None:
    config = start(dashboard)
    viewer = dashboard.browser("viewer")
    assert "not enough data yet. One of the two has never been accepted so far" in viewer.get(PAGE).text
    count(dashboard, config, "a", shown=1000, accept_all=300, reject_all=400, save=50)
    count(dashboard, config, "b", shown=1000, accept_all=310, reject_all=390)
    count(dashboard, config, "base", accept_all=5000)
    page = viewer.get(PAGE).text
    assert re.search(r"Variant B: no clear difference. It is accepted between \d+% less and \d+% more often\.", page)
    assert "Variant B: no clear difference. It is rejected" in page
    assert "30.0%" in page
    assert "5,000" not in page, "who was shown no variant is not counted"
    assert "25.0%" in viewer.get(PAGE).text, "no answer, of variant A"
    assert re.search(r"30\.0%<small>2\d% to 3\d%</small>", page)
    assert "The ranges below a rate are its 95 % interval." in page
    assert "The intervals stay valid however often you look. They are confidence sequences" in page


def test_a_clear_difference_is_said_and_the_winner_becomes_the_banner_by_a_publish(dashboard: Dashboard) -> None:
    config = start(dashboard)
    count(dashboard, config, "a", shown=5000, accept_all=1000, reject_all=2000)
    count(dashboard, config, "b", shown=5000, accept_all=1600, reject_all=1990)
    marketing = dashboard.browser("marketing")
    assert re.search(r"Variant B is accepted more often than the banner: by \d+% to \d+%\.", marketing.get(PAGE).text)
    answer = marketing.post(f"{PAGE}/end", {"winner": "b"})
    assert answer.headers["Location"].endswith("/sites/demo/publish")
    draft = dashboard.draft()
    assert draft["variants"] == [{"id": "a", "weight": 1}]
    assert draft["look"]["accent"] == "#7a1fa2"
    assert draft["texts"]["languages"]["en"]["title"] == "Your choice"
    assert "The experiment ends when you publish the draft." in marketing.get(PAGE).text
    assert "Removed variant B from the experiment" in dashboard.browser("compliance").get("/sites/demo/audit").text
    assert publish(marketing) == 302
    page = marketing.get(PAGE).text
    assert "Earlier experiments" in page
    assert "accepted more often" in page
    assert 'id="results"' not in page
    assert "Experiment" in marketing.get("/sites/demo/versions").text
    number = re.findall(r"/versions/(\d+)\"", marketing.get("/sites/demo/versions").text)[1]
    assert "Shorter" in marketing.get(f"/sites/demo/versions/{number}").text


def test_a_publish_of_a_tag_counts_on_and_one_of_the_look_counts_anew(dashboard: Dashboard) -> None:
    config = start(dashboard)
    count(dashboard, config, "a", shown=1000, accept_all=300)
    marketing = dashboard.browser("marketing")
    assert marketing.post("/sites/demo/tags/demo-chat/enabled", {"enabled": "0"}).status_code < 400
    assert publish(marketing) == 302
    assert "30.0%" in marketing.get(PAGE).text
    assert marketing.post(f"{PAGE}/variants/b", B | {"accent": "#005500"}).status_code == 302
    assert "Counting then starts anew." in marketing.get(PAGE).text
    assert publish(marketing) == 302
    live, _, earlier = marketing.get(PAGE).text.partition("Earlier experiments")
    assert "30.0%" not in live
    assert "30.0%" in earlier


@pytest.mark.walk("M12")
@pytest.mark.parametrize(("width", "scheme"), WIDE_FIRST)
def test_an_experiment_is_run_from_the_copy_to_the_winner_in_five_clicks(
    browser: Browser, dashboard: Dashboard, served: str, width: int, scheme: Any
) -> None:
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True}
    with strict_page(browser, served, **options) as view:
        page = view.sign_in("marketing")
        walk = Walk(page)
        view.open(PAGE)
        drawn = page.frame_locator("#stage iframe:last-child")
        walk.fill(page.get_by_label("Title"), "Your choice")
        expect(drawn.get_by_role("heading", name="Your choice")).to_be_visible()
        expect(page.locator("#checks-b")).to_contain_text("Can be published")
        expect(page.locator(".repeated")).to_contain_text("Can be published")
        page.get_by_role("radio", name="The banner").check()
        expect(drawn.get_by_role("heading", name="Your cookie choices")).to_be_visible()
        page.add_script_tag(path=AXE)
        assert page.evaluate(RUN.replace("axe.run(document, {", "axe.run(document, {iframes: false, ")) == []
        walk.click(page.get_by_role("button", name="Add and review"))
        expect(page.get_by_text("Variant B: title, en")).to_be_visible()
        walk.click(page.get_by_role("button", name="Publish", exact=True))
        expect(page.get_by_text("is live. Visitors get it within seconds.")).to_be_visible()
        view.open(PAGE)
        expect(page.get_by_text("not enough data yet").first).to_be_visible()
        expect(drawn.get_by_role("heading", name="Your choice")).to_be_visible()
        page.add_script_tag(path=AXE)
        assert page.evaluate(RUN.replace("axe.run(document, {", "axe.run(document, {iframes: false, ")) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        walk.click(page.get_by_role("button", name="Variant B", exact=True))
        walk.click(page.get_by_role("button", name="Publish", exact=True))
        expect(page.get_by_text("is live. Visitors get it within seconds.")).to_be_visible()
        walk.done("M12")
    assert dashboard.draft()["texts"]["languages"]["en"]["title"] == "Your choice"
    assert dashboard.draft()["variants"] == [{"id": "a", "weight": 1}]


def marks_in(text: str) -> list[str]:
    """Return the `seen` marks of the page's forms, in order."""
    return re.findall(r'name="seen" value="([0-9a-f]+)"', text)


def test_a_conflicting_save_of_a_variant_asks_first(dashboard: Dashboard) -> None:
    first, second = dashboard.browser("marketing"), dashboard.browser("admin")
    (fresh,) = marks_in(first.get(PAGE).text)
    assert first.post(f"{PAGE}/variants/b", B | {"seen": fresh}).status_code == 302
    # Both users added a variant B; the first one's is kept.
    answer = second.post(f"{PAGE}/variants/b", B | {"text.title": "Another", "seen": fresh})
    assert (answer.status_code, "Someone else saved this variant" in answer.text) == (409, True)
    assert 'value="Another"' in answer.text
    assert dashboard.draft()["variants"][1]["texts"]["en"]["title"] == "Your choice"
    old = marks_in(second.get(PAGE).text)[1]
    assert first.post(f"{PAGE}/variants/b", B | {"text.title": "Third", "seen": old}).status_code == 302
    removal = second.post(f"{PAGE}/variants/b/removal", {"seen": old})
    assert (removal.status_code, "Someone else changed the variants" in removal.text) == (409, True)
    assert second.post(f"{PAGE}/end", {"winner": "b", "seen": old}).status_code == 409
    assert [one["id"] for one in dashboard.draft()["variants"]] == ["a", "b"]
    assert second.post(f"{PAGE}/variants/b/removal", {"seen": marks_in(second.get(PAGE).text)[1]}).status_code == 302
    assert [one["id"] for one in dashboard.draft()["variants"]] == ["a"]
