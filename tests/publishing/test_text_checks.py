"""Own texts that would make a banner unfair: what the check reports about a draft with them before it is published."""

from typing import Any

import pytest

from consent.presentation.languages import languages
from consent.presentation.texts import TEXT_KEYS, banner_texts
from consent.publishing.text_checks import ACCEPTS, ACCEPTS_NOT, REFUSES, REFUSES_NOT, text_errors


def faults(language: str, **own: str) -> list[tuple[str, str]]:
    """Return the errors for a draft with these own texts, as keys and sentences."""
    draft: dict[str, Any] = {"texts": {"default_language": language, "languages": {language: own}}}
    return [(fault.path.rpartition(".")[2], fault.sentence) for fault in text_errors(draft)]


@pytest.mark.parametrize("language", languages())
def test_what_is_shipped_passes_in_every_language(language: str) -> None:
    assert faults(language, **{key: banner_texts(language)[key] for key in TEXT_KEYS}) == []


@pytest.mark.parametrize("language", languages())
def test_an_answer_under_the_words_of_the_other_is_found_in_every_language(language: str) -> None:
    given = banner_texts(language)
    for key in (*ACCEPTS, *ACCEPTS_NOT):
        wrong = given["reject_all"] if key in ACCEPTS else given["accept_all"]
        assert key in dict(faults(language, **{key: wrong})), key
    for key in (*REFUSES, *REFUSES_NOT):
        wrong = given["accept_all"] if key in REFUSES else given["opt_out"]
        assert key in dict(faults(language, **{key: wrong})), key
    # Postponing or viewing something isn't an answer either.
    for key in (*ACCEPTS, *REFUSES):
        assert key in dict(faults(language, **{key: given["vendors"]})), key


FAIR = (
    ("en", {"accept_all": "Agree", "reject_all": "Decline", "settings": "More options", "save": "Confirm"}),
    ("en", {"accept_all": "I consent", "reject_all": "Don’t accept", "settings": "Consent settings", "dismiss": "OK"}),
    ("en", {"reject_all": "Continue without accepting"}),
    ("hr", {"accept_all": "Dajem privolu", "reject_all": "Ne dajem privolu"}),
    ("sl", {"accept_all": "Privolim", "reject_all": "Ne privolim"}),
    ("en", {"reject_all": "Only essential cookies", "opt_out": "Do not sell my data"}),
    ("en", {"close": "Close without accepting"}),
    ("en", {"back": "Cookies", "withdrawal": "Change this at any time under cookies."}),
    ("en", {"text": "{controller} [policy](https://www.example.com/) [1] {vendors} (all)"}),
    ("de", {"accept_all": "Zustimmen", "reject_all": "Ich stimme nicht zu", "save": "Auswahl sichern"}),
    ("de", {"reject_all": "Nur Notwendige"}),
    ("en", {"reject_all": "No, thanks"}),
    ("de", {"reject_all": "Nein, danke"}),
    ("nl", {"reject_all": "Nee, bedankt"}),
    ("fr", {"accept_all": "D’accord", "reject_all": "Je n’accepte pas"}),
    ("es", {"accept_all": "Acepto", "reject_all": "No acepto"}),
    ("cs", {"accept_all": "Souhlasím", "reject_all": "Nesouhlasím"}),
    ("pl", {"accept_all": "Zgadzam się", "reject_all": "Nie zgadzam się"}),
    ("tr", {"accept_all": "İZİN VER", "reject_all": "Kabul etmiyorum"}),
    ("el", {"accept_all": "ΑΠΟΔΟΧΗ", "reject_all": "Δεν αποδέχομαι"}),
    ("ja", {"accept_all": "同意する", "reject_all": "同意しない"}),
    ("ko", {"accept_all": "동의", "reject_all": "동의하지 않음"}),
    ("zh-Hans", {"accept_all": "同意", "reject_all": "不同意"}),
    ("hi", {"accept_all": "सहमत हूँ", "reject_all": "असहमत हूँ"}),
    ("ru", {"accept_all": "Согласен", "reject_all": "Не согласен", "save": "Применить"}),
    ("ru", {"accept_all": "Разрешить все", "reject_all": "Только необходимые", "opt_out": "Отказ"}),
    ("ru", {"reject_all": "Нет, спасибо"}),
    ("fa", {"accept_all": "می‌پذیرم", "reject_all": "نمی‌پذیرم"}),
    ("fa", {"accept_all": "پذیرفتن ردیابی", "reject_all": "رد", "settings": "تنظیمات ردیابی"}),
    ("fa", {"accept_all": "موافقم", "reject_all": "موافق نیستم", "opt_out": "اطلاعات من را نفروشید"}),
    ("fa", {"reject_all": "فقط موارد ضروری"}),
    ("fa", {"reject_all": "نه، ممنون"}),
    ("bn", {"accept_all": "সম্মতি দিন", "reject_all": "শুধু প্রয়োজনীয়"}),
    ("ca", {"accept_all": "Hi estic d’acord", "reject_all": "No accepto"}),
    ("cy", {"accept_all": "Rwy’n cytuno", "reject_all": "Dim diolch"}),
    ("eu", {"accept_all": "Ados nago", "reject_all": "Ez nago ados"}),
    ("fil", {"accept_all": "Pumapayag ako", "reject_all": "Huwag payagan"}),
    ("gl", {"accept_all": "De acordo", "reject_all": "Non acepto"}),
    ("id", {"accept_all": "Setuju", "reject_all": "Tidak setuju"}),
    ("kn", {"accept_all": "ಒಪ್ಪುತ್ತೇನೆ", "reject_all": "ಒಪ್ಪುವುದಿಲ್ಲ"}),
    ("ml", {"accept_all": "അനുവദിക്കുക", "reject_all": "അനുവദിക്കരുത്"}),
    ("mr", {"accept_all": "परवानगी द्या", "reject_all": "परवानगी देऊ नका"}),
    ("mk", {"accept_all": "Се согласувам", "reject_all": "Не се согласувам"}),
    ("sq", {"accept_all": "Pajtohem", "reject_all": "Nuk pajtohem"}),
    ("sr", {"accept_all": "Слажем се", "reject_all": "Не слажем се"}),
    ("sr-Latn", {"accept_all": "Slažem se", "reject_all": "Ne prihvatam"}),
    ("ta", {"accept_all": "அனுமதிக்கிறேன்", "reject_all": "ஏற்காமல் தொடர்க"}),
    ("te", {"accept_all": "అంగీకరించండి", "reject_all": "అంగీకరించవద్దు"}),
    ("th", {"accept_all": "ยินยอม", "reject_all": "ไม่ยอมรับ"}),
    ("ur", {"accept_all": "اجازت دیں", "reject_all": "اجازت نہ دیں"}),
    ("vi", {"accept_all": "Đồng ý", "reject_all": "Không đồng ý"}),
)


@pytest.mark.parametrize(("language", "own"), FAIR)
def test_plain_answers_in_other_words_pass(language: str, own: dict[str, str]) -> None:
    assert faults(language, **own) == []


UNFAIR = (
    ("en", "reject_all", "Maybe later"),
    ("en", "reject_all", "No, I don’t like savings"),
    ("en", "reject_all", "No thanks, I don’t like savings"),
    ("en", "accept_all", "No thanks"),
    ("en", "reject_all", "Learn more"),
    ("en", "reject_all", "Do not reject"),
    ("en", "reject_all", "Accept necessary and all others"),
    ("en", "accept_all", "Continue"),
    ("en", "accept_all", "Accept only what is necessary"),
    ("en", "settings", "Refuse"),
    ("en", "settings", " accept all "),
    ("en", "save", "Accept all and save"),
    ("en", "close", "Accept and close"),
    ("en", "opt_out", "Learn more"),
    ("en", "dismiss", "Do not sell"),
    ("en", "load_once", "Always allow"),
    ("en", "opt_out", "Opt out" + " of it all" * 5),
    ("en", "advertising", "Essential"),
    ("en", "reject_all", "\u2800"),
    ("en", "vendors_link", "\u200b"),
    ("en", "withdrawal", "Enjoy."),
    ("en", "text", "{controller}, {vendors}, [policy](javascript:alert(1))"),
    ("en", "text", "{controller}, {vendors}, [policy](/privacy)"),
    ("en", "title", "[Cookies](https://www.example.com/)"),
    ("de", "reject_all", "Später"),
    ("de", "reject_all", "Nicht ablehnen"),
    ("fr", "reject_all", "Plus tard"),
    ("ja", "accept_all", "次へ"),
    ("ru", "reject_all", "Позже"),
    ("ru", "reject_all", "Не отклонять"),
    ("ru", "accept_all", "Продолжить"),
    ("sl", "save", "Privolim v vse"),
    ("fa", "reject_all", "بعداً"),
    ("fa", "reject_all", "رد نکردن"),
    ("fa", "accept_all", "ادامه"),
    ("fil", "reject_all", "Mamaya na"),
    ("id", "reject_all", "Nanti saja"),
    ("sr-Latn", "accept_all", "Nastavi"),
    ("th", "reject_all", "ไว้ภายหลัง"),
    ("ur", "reject_all", "بعد میں"),
    ("vi", "reject_all", "Để sau"),
    ("vi", "accept_all", "Không chấp nhận"),
)


@pytest.mark.parametrize(("language", "key", "words"), UNFAIR)
def test_finds_misleading_words(language: str, key: str, words: str) -> None:
    assert {found for found, _ in faults(language, **{key: words})} == {key}


def test_a_way_back_with_another_name_has_to_be_told_of() -> None:
    [(key, sentence)] = faults("en", back="Cookies")
    assert key == "withdrawal"
    assert "“Cookies”" in sentence


def test_words_of_a_language_count_in_its_varieties() -> None:
    draft = {"texts": {"default_language": "fr", "languages": {"fr": {"reject_all": "Plus tard"}, "fr-CA": {}}}}
    assert [fault.path for fault in text_errors(draft)] == [
        "texts.languages.fr.reject_all",
        "texts.languages.fr-CA.reject_all",
    ]
