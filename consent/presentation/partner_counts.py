"""Count third parties in words, by the plural forms of each language (CLDR)."""

from babel import Locale

Forms = dict[str, str]

FORMS: dict[str, Forms] = {
    "ar": {"two": "طرفان ثالثان", "few": "{} أطراف ثالثة", "many": "{} طرفًا ثالثًا", "other": "{} طرف ثالث"},
    "bg": {"one": "{} трета страна", "other": "{} трети страни"},
    "cs": {"one": "{} třetí strana", "few": "{} třetí strany", "other": "{} třetích stran"},
    "da": {"one": "{} tredjepart", "other": "{} tredjeparter"},
    "de": {"other": "{} Drittanbieter"},
    "el": {"one": "{} τρίτος", "other": "{} τρίτοι"},
    "en": {"one": "{} partner", "other": "{} partners"},
    "es": {"one": "{} tercero", "other": "{} terceros"},
    "et": {"one": "{} kolmas isik", "other": "{} kolmandat isikut"},
    "fa": {"other": "{} شخص ثالث"},
    "fi": {"one": "{} kolmas osapuoli", "other": "{} kolmatta osapuolta"},
    "fr": {"other": "{} tiers"},
    "ga": {"other": "{} tríú páirtí"},
    "he": {"one": "{} צד שלישי", "other": "{} צדדים שלישיים"},
    "hi": {"other": "{} तृतीय पक्ष"},
    "hr": {"one": "{} treća strana", "few": "{} treće strane", "other": "{} trećih strana"},
    "hu": {"other": "{} harmadik fél"},
    "is": {"one": "{} þriðji aðili", "other": "{} þriðju aðilar"},
    "it": {"one": "{} terza parte", "other": "{} terze parti"},
    "ja": {"other": "第三者{}社"},
    "ko": {"other": "제3자 {}곳"},
    "lt": {"one": "{} trečioji šalis", "few": "{} trečiosios šalys", "other": "{} trečiųjų šalių"},
    "lv": {"zero": "{} trešo pušu", "one": "{} trešā puse", "other": "{} trešās puses"},
    "mt": {
        "two": "{} partijiet terzi",
        "few": "{} partijiet terzi",
        "many": "{}-il parti terza",
        "other": "{} parti terza",
    },
    "nb": {"one": "{} tredjepart", "other": "{} tredjeparter"},
    "nl": {"one": "{} derde", "other": "{} derden"},
    "nn": {"one": "{} tredjepart", "other": "{} tredjepartar"},
    "pl": {"one": "{} podmiot trzeci", "few": "{} podmioty trzecie", "other": "{} podmiotów trzecich"},
    "pt": {"one": "{} terceiro", "other": "{} terceiros"},
    "ro": {"one": "{} terț", "few": "{} terți", "other": "{} de terți"},
    "ru": {"one": "{} третье лицо", "few": "{} третьих лица", "other": "{} третьих лиц"},
    "sk": {"one": "{} tretia strana", "few": "{} tretie strany", "other": "{} tretích strán"},
    "sl": {"one": "{} tretja oseba", "two": "{} tretji osebi", "few": "{} tretje osebe", "other": "{} tretjih oseb"},
    "sv": {"one": "{} tredje part", "other": "{} tredje parter"},
    "tr": {"other": "{} üçüncü taraf"},
    "uk": {"one": "{} третя сторона", "few": "{} треті сторони", "other": "{} третіх сторін"},
    "zh": {"other": "{} 個第三方"},
    "zh-Hans": {"other": "{} 个第三方"},
}
"""Each as the subject of a sentence. A variety of a language has its forms unless it has its own."""


def partners(number: int, language: str) -> str:
    """Return `number` third parties in words of `language`: `1 partner`, `4 partners`."""
    forms = FORMS.get(language) or FORMS[language.partition("-")[0]]
    return forms.get(Locale.parse(language, sep="-").plural_form(number), forms["other"]).format(number)
