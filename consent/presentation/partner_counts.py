"""Third-party counts in words, with the plural forms of each language (CLDR)."""

import re
from collections.abc import Collection

from babel import Locale

from consent.core.documents.tags import Tag

Forms = dict[str, str]

FORMS: dict[str, Forms] = {
    "ar": {"two": "طرفان ثالثان", "few": "{} أطراف ثالثة", "many": "{} طرفًا ثالثًا", "other": "{} طرف ثالث"},
    "bg": {"one": "{} трета страна", "other": "{} трети страни"},
    "bn": {"other": "{}টি তৃতীয় পক্ষ"},
    "bs": {"one": "{} treća strana", "few": "{} treće strane", "other": "{} trećih strana"},
    "ca": {"one": "{} tercer", "other": "{} tercers"},
    "cs": {"one": "{} třetí strana", "few": "{} třetí strany", "other": "{} třetích stran"},
    "cy": {
        "two": "{} drydydd parti",
        "few": "{} thrydydd parti",
        "many": "{} thrydydd parti",
        "other": "{} trydydd parti",
    },
    "da": {"one": "{} tredjepart", "other": "{} tredjeparter"},
    "de": {"other": "{} Drittanbieter"},
    "el": {"one": "{} τρίτος", "other": "{} τρίτοι"},
    "en": {"one": "{} partner", "other": "{} partners"},
    "es": {"one": "{} tercero", "other": "{} terceros"},
    "et": {"one": "{} kolmas isik", "other": "{} kolmandat isikut"},
    "eu": {"other": "{} hirugarren alderdik"},
    "fa": {"other": "{} شخص ثالث"},
    "fi": {"one": "{} kolmas osapuoli", "other": "{} kolmatta osapuolta"},
    "fil": {"one": "{} third party", "other": "{} na third party"},
    "fr": {"other": "{} tiers"},
    "ga": {"other": "{} tríú páirtí"},
    "gl": {"one": "{} terceiro", "other": "{} terceiros"},
    "gu": {"one": "{} તૃતીય પક્ષ", "other": "{} તૃતીય પક્ષો"},
    "he": {"one": "{} צד שלישי", "other": "{} צדדים שלישיים"},
    "hi": {"other": "{} तृतीय पक्ष"},
    "hr": {"one": "{} treća strana", "few": "{} treće strane", "other": "{} trećih strana"},
    "hu": {"other": "{} harmadik fél"},
    "id": {"other": "{} pihak ketiga"},
    "is": {"one": "{} þriðji aðili", "other": "{} þriðju aðilar"},
    "it": {"one": "{} terza parte", "other": "{} terze parti"},
    "ja": {"other": "第三者{}社"},
    "kn": {"one": "{} ಮೂರನೇ ಪಕ್ಷ", "other": "{} ಮೂರನೇ ಪಕ್ಷಗಳು"},
    "ko": {"other": "제3자 {}곳"},
    "lt": {"one": "{} trečioji šalis", "few": "{} trečiosios šalys", "other": "{} trečiųjų šalių"},
    "lv": {"zero": "{} trešo pušu", "one": "{} trešā puse", "other": "{} trešās puses"},
    "mk": {"one": "{} трета страна", "other": "{} трети страни"},
    "ml": {"one": "{} മൂന്നാം കക്ഷി", "other": "{} മൂന്നാം കക്ഷികൾ"},
    "mr": {"other": "{} तृतीय पक्ष"},
    "ms": {"other": "{} pihak ketiga"},
    "mt": {
        "two": "{} partijiet terzi",
        "few": "{} partijiet terzi",
        "many": "{}-il parti terza",
        "other": "{} parti terza",
    },
    "nb": {"one": "{} tredjepart", "other": "{} tredjeparter"},
    "nl": {"one": "{} derde", "other": "{} derden"},
    "nn": {"one": "{} tredjepart", "other": "{} tredjepartar"},
    "pa": {"one": "{} ਤੀਜੀ ਧਿਰ", "other": "{} ਤੀਜੀਆਂ ਧਿਰਾਂ"},
    "pl": {"one": "{} podmiot trzeci", "few": "{} podmioty trzecie", "other": "{} podmiotów trzecich"},
    "pt": {"one": "{} terceiro", "other": "{} terceiros"},
    "ro": {"one": "{} terț", "few": "{} terți", "other": "{} de terți"},
    "ru": {"one": "{} третье лицо", "few": "{} третьих лица", "other": "{} третьих лиц"},
    "sk": {"one": "{} tretia strana", "few": "{} tretie strany", "other": "{} tretích strán"},
    "sl": {"one": "{} tretja oseba", "two": "{} tretji osebi", "few": "{} tretje osebe", "other": "{} tretjih oseb"},
    "sq": {"one": "{} palë e tretë", "other": "{} palë të treta"},
    "sr": {"one": "{} трећа страна", "few": "{} треће стране", "other": "{} трећих страна"},
    "sr-Latn": {"one": "{} treća strana", "few": "{} treće strane", "other": "{} trećih strana"},
    "sv": {"one": "{} tredje part", "other": "{} tredje parter"},
    "ta": {"other": "{} மூன்றாம் தரப்பினர்"},
    "te": {"one": "{} థర్డ్ పార్టీ", "other": "{} థర్డ్ పార్టీలు"},
    "th": {"other": "บุคคลที่สาม {} ราย"},
    "tr": {"other": "{} üçüncü taraf"},
    "uk": {"one": "{} третя сторона", "few": "{} треті сторони", "other": "{} третіх сторін"},
    "ur": {"one": "{} تیسرا فریق", "other": "{} تیسرے فریق"},
    "vi": {"other": "{} bên thứ ba"},
    "zh": {"other": "{} 個第三方"},
    "zh-Hans": {"other": "{} 个第三方"},
}
"""Each as the subject of a sentence. A variety without its own forms uses those of its language."""


LIST = "v"
"""The kind of a piece of text that is a button."""


def partners(number: int, language: str) -> str:
    """Return `number` third parties in words in `language`: `1 partner`, `4 partners`."""
    forms = FORMS.get(language) or FORMS[language.partition("-")[0]]
    return forms.get(Locale.parse(language, sep="-").plural_form(number), forms["other"]).format(number)


def third_parties(tags: Collection[Tag]) -> set[str]:
    """Return the vendors of enabled tags that the site lists as third parties."""
    return {tag["vendor"] for tag in tags if tag["third_party"] and tag["enabled"]}


def link_partners(words: list[list[str]], count: str, label: str) -> list[list[str]]:
    """Return the first layer's pieces with the button that opens the list of partners, of the kind `LIST`.

    The button is `count`, such as `4 partners`, where the text names it; else `label`, after the other pieces.
    """
    for at, piece in enumerate(words):
        if len(piece) == 1 and (named := re.search(rf"(?<!\d){re.escape(count)}", piece[0])):
            around = ([piece[0][: named.start()]], [count, LIST], [piece[0][named.end() :]])
            return [*words[:at], *(one for one in around if one[0]), *words[at + 1 :]]
    return [*words, [label, LIST]]
