"""The stand-ins for third parties."""

from bench.websites.standins import frame, image, script, standin_at, standins, style_sheet, told_as, told_script


def test_the_longest_place_fits_best() -> None:
    pixel, sdk = standin_at("connect.facebook.net/en_US/fbevents.js"), standin_at("connect.facebook.net/de_DE/sdk.js")
    assert pixel
    assert sdk
    assert (pixel.name, sdk.name) == ("Meta Pixel", "Facebook SDK")
    shop = standin_at("shop.disqus.com/count.js")
    assert shop
    assert shop.name == "Disqus"
    assert standin_at("www.googletagmanager.com.example/gtag/js") is None


def test_no_place_has_two_standins() -> None:
    places = [place for one in standins() for place in one.at]
    assert len(places) == len(set(places))


def test_two_tags_of_one_script_are_told_apart_and_one_is_not_by_chance() -> None:
    one, other = (told_as(f"https://www.googletagmanager.com/gtag/js?id=G-{name}&cx=c") for name in "AB")
    assert one == "www.googletagmanager.com/gtag/js?id=G-A"
    assert one != other
    assert told_as("https://a.example/x.js?v=1") == told_as("https://a.example/x.js?v=2") == "a.example/x.js"


def test_every_script_tells_that_it_ran() -> None:
    told = b'push("nobody.example/x.js")'
    assert told in script("https://nobody.example/x.js?t=1").data
    assert told in frame("https://nobody.example/x.js").data
    text = told_script("https://nobody.example/x.js", b"first() // end").data
    assert text.startswith(b"first() // end\n;")
    assert told in text


def test_no_word_of_the_frame_is_left_in_a_script() -> None:
    for one in standins():
        assert b"_HERE" not in script(f"https://{one.at[0].replace('*', 'www')}").data


def test_a_style_sheet_of_google_fonts_names_the_fonts_that_are_asked_for() -> None:
    sheet = style_sheet("https://fonts.googleapis.com/css?family=Open+Sans:400|Raleway").data
    assert b"'Open Sans'" in sheet
    assert b"'Raleway'" in sheet
    assert style_sheet("https://kit.example/a.css").data == b""


def test_an_image_is_of_the_kind_that_its_address_says() -> None:
    assert [image(url).kind for url in ("https://a.example/b.svg", "https://a.example/tr?x")] == [
        "image/svg+xml",
        "image/gif",
    ]
