"""The page for a site's domains and apps."""

from tests.dashboard.client import Dashboard


def test_sites_that_share_choices_and_apps_are_saved_in_the_draft_and_switched_off_again(dashboard: Dashboard) -> None:
    admin = dashboard.browser("admin")
    page = admin.get("/sites/demo/domains")
    assert page.status_code == 200
    answer = admin.post("/sites/demo/domains/sharing", {"shares": "1", "others": "Brand-B\nbrand-b demo", "named": "1"})
    assert answer.status_code == 302
    assert dashboard.draft()["overrides"]["handover"] == {"sites": ["brand-b"], "named": True}
    assert "Not published" in admin.get("/sites/demo/domains").text
    assert "Sites that share choices" in admin.get("/sites/demo/publish").text
    assert "cho=" in admin.get("/sites/demo/install").text
    admin.post("/sites/demo/domains/apps", {"apps": "app:com.example.shop\ncom.example.shop"})
    assert dashboard.draft()["overrides"]["apps"] == ["com.example.shop"]
    admin.post("/sites/demo/domains/sharing", {})
    admin.post("/sites/demo/domains/apps", {"apps": ""})
    assert not {"handover", "apps"} & set(dashboard.draft()["overrides"])


def test_an_invalid_name_is_reported_beside_its_field_and_nothing_is_saved(dashboard: Dashboard) -> None:
    admin, before = dashboard.browser("admin"), dashboard.draft()
    for path, form, field in (
        ("sharing", {"shares": "1", "others": "no_key!"}, "fault-others"),
        ("apps", {"apps": "<script>"}, "fault-apps"),
    ):
        answer = admin.post(f"/sites/demo/domains/{path}", form)
        assert answer.status_code == 422
        assert f'id="{field}"' in answer.text
    assert dashboard.draft() == before
    assert dashboard.browser("viewer").post("/sites/demo/domains/apps", {"apps": "com.example.a"}).status_code == 403
