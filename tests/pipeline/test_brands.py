"""Brands in running text: inflected forms in eight languages, and words that only look like brands."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.aliases import everyday_words
from pipeline.brands import BrandMatcher, Hit, fingerprint
from pipeline.config import Brand
from pipeline.inflection import fold, forms

BRANDS = [
    Brand(name="Swedbank"),
    Brand(name="Alza", aliases=["alza.cz"]),
    Brand(name="Sberbank", aliases=["Сбербанк", "Сбер"]),
    Brand(name="Tele2", aliases=["Теле2"]),
    Brand(name="LMT", aliases=["Latvijas Mobilais Telefons"]),
    Brand(name="O2"),
    Brand(name="Telia"),
    Brand(name="Bite", aliases=["Bitė"]),
    Brand(name="SEB"),
    Brand(name="Elisa"),
    Brand(name="Komerční banka", aliases=["KB"]),
    Brand(name="Perekrestok", aliases=["Перекрёсток"]),
    Brand(name="Альфа-Банк"),
    Brand(name="McDonald's"),
    Brand(name="Biedronka"),
    Brand(name="Lidl"),
    Brand(name="Ignitis"),
    Brand(name="Lietuvos paštas"),
    Brand(name="Deutsche Bank"),
    Brand(name="Deutsche Telekom", aliases=["Telekom"]),
    Brand(name="Poczta Polska"),
    Brand(name="Почта России"),
    Brand(name="МТС"),
    Brand(name="Магнит"),
    Brand(name="Связной"),
    Brand(name="Золотое яблоко"),
    Brand(name="Citadele"),
    Brand(name="Maxima"),
    Brand(name="Orange"),
    Brand(name="Apple"),
    Brand(name="Rimi"),
    Brand(name="Česká spořitelna"),
    Brand(name="ČEZ"),
    Brand(name="Vodafone"),
    Brand(name="Circle K"),
    Brand(name="Pigu", aliases=["=pigu.lt"]),
    Brand(name="Zibsnis"),
    Brand(name="Mēness aptieka"),
    Brand(name="T-Mobile"),
]
MATCHER = BrandMatcher(BRANDS)

# One line a case: what the text says | the brands it names, by commas (none: it names no brand).
TABLE = """
# lv
Swedbankā mani apkalpoja ļoti laipni | Swedbank
Swedbankas lietotne atkal nestrādā | Swedbank
Pārgāju no Swedbanku uz Citadeli | Swedbank, Citadele
Citadelē rindas nav, Citadeles bankomāts tuvu | Citadele
Swedbankai zvanīju trīs reizes | Swedbank
Bitei ir labs pārklājums | Bite
Bitē pieslēdzos pērn | Bite
bites lido uz ziediem | -
mana bite iedzēla | -
Telias internets | Telia
LMT darbinieki, LMTs, LMTā | LMT
lmt pārklājums laukos | LMT
Latvijas Mobilā Telefona klients | LMT
Latvijas Mobilajam Telefonam rakstīju | LMT
Latvijas mobilais telefons | LMT
SEBam nav kļūdu, SEBā rinda | SEB
Maximā bija lēti | Maxima
Maximas kasē rinda | Maxima
Rimi veikalā labi | Rimi
Mēness aptiekā zāles bija | Mēness aptieka
Mēness aptiekas darbiniece | Mēness aptieka
mēness spīd virs aptiekas | -
#swedbank un @tele2latvija | Swedbank, Tele2
visi, visu, visas, visai | -
Elisas tarifi | Elisa
Zibšņa tīkls | Zibsnis
Zibsnis pazuda, Zibsņu nav, Zibsnim sūdzība | Zibsnis
# lt
Swedbanke stovėjau valandą | Swedbank
Swedbanko programėlė puiki | Swedbank
einu į Swedbanką | Swedbank
su Swedbanku viskas gerai | Swedbank
Bitės ryšys geras | Bite
turiu Bitę jau metus | Bite
Bitėje pigiau | Bite
bitė įgėlė vaikui | -
bičių medus | -
Telią keičiu į Tele2 | Telia, Tele2
Telios internetas | Telia
Ignitį kritikuoja visi | Ignitis
Igničio sąskaita | Ignitis
Ignityje nekelia ragelio | Ignitis
Ignitis vėl brangsta | Ignitis
Lietuvos pašto kurjeris | Lietuvos paštas
Lietuvos paštui skambinau | Lietuvos paštas
LIETUVOS PAŠTE eilė | Lietuvos paštas
Lietuvos keliai ir paštas | -
Maximoje pabrango pienas | Maxima
Maximos kasininkė | Maxima
pirkau pigu.lt telefoną | Pigu
labai pigu ir gera | -
sebi daug | -
# et
Swedbankis oli järjekord | Swedbank
Swedbanki äpp on hea | Swedbank
Swedbankist ei vastata | Swedbank
läksin Swedbanka ja Swedbankile | Swedbank
Telias töötab hästi | Telia
Teliast ei saa abi | Telia
Teliaga rahul | Telia
Teliale üle läinud | Telia
Elisast Tele2-te | Elisa, Tele2
Elisal on odavam | Elisa
Tele2'st lahkusin | Tele2
Tele2s on hea levi | Tele2
Rimist ostsin | Rimi
Rimis käin | Rimi
SEBi kontor, SEBis | SEB
O2-ga pole kogemust | O2
australia reis | -
# cs
Koupil jsem to na Alze | Alza
z Alzy mi to nepřišlo | Alza
objednávám přes Alzu | Alza
s Alzou jsem spokojený | Alza
alza.cz už nikdy | Alza
viz https://www.alza.cz/produkt-123.htm | Alza
petr.alza@example.com | -
Alzheimerova choroba | -
Komerční bance věřím | Komerční banka
účet u Komerční banky | Komerční banka
s Komerční bankou | Komerční banka
u KB v Praze | Komerční banka
soubor má 300 kb | -
České spořitelny se bojím | Česká spořitelna
v České spořitelně | Česká spořitelna
Ceska sporitelna bez hacku | Česká spořitelna
ČEZu platím moc | ČEZ
ČEZem nejsem nadšen | ČEZ
bez proudu od čezu | -
u O2 je drahý tarif | O2
přišel o 2 dny později | -
CO2 v ovzduší | -
v Lidlu mají levné pečivo | Lidl
Lidlem prochází fronta | Lidl
u Vodafonu končím | Vodafone
Vodafone mě zklamal | Vodafone
T-Mobile i T-Mobilu nevěřím | T-Mobile
sebe a sebi | -
# ru
Сбербанком доволен | Sberbank
в Сбербанке очередь | Sberbank
Сбербанка больше не будет | Sberbank
в сбере опять сбой | Sberbank
Сберу доверяю | Sberbank
собирать сборник | -
Теле2 не ловит | Tele2
на теле 2 синяка | -
Теле 2 не ловит | Tele2
тело и телега | -
в Перекрёстке дорого | Perekrestok
в перекрестке дорог авария | -
Перекрёстка рядом нет | Perekrestok
Альфа-Банка карта | Альфа-Банк
альфабанком пользуюсь | Альфа-Банк
в Альфа-банке | Альфа-Банк
альфа и омега | -
Почты России нет в посёлке | Почта России
Почтой России отправлю | Почта России
почта пришла из России | -
МТСом пользуюсь, в МТС | МТС
мтс плохо ловит | МТС
Магните акции, Магнитом | Магнит
магнитом притянуло | -
магнит на холодильник | -
Связного закрыли | Связной
в Связном купил | Связной
в Золотом яблоке скидки | Золотое яблоко
Золотого яблока нет | Золотое яблоко
красное яблоко | -
Swedbankом пользовался | Swedbank
Swedbank'ом доволен | Swedbank
# pl
w Biedronce tanio | Biedronka
do Biedronki daleko | Biedronka
Biedronkę lubię, Biedronką jadę | Biedronka
biedronka siedzi na liściu | -
w Lidlu promocja | Lidl
Lidlowi ufam | Lidl
Poczty Polskiej nie polecam | Poczta Polska
w Poczcie Polskiej kolejka | Poczta Polska
Pocztą Polską wysłałem | Poczta Polska
poczta przyszła, Polska gola | -
Orange'u nie polecam | Orange
w Orange zasięg słaby | Orange
orange juice | -
w T-Mobile'u drogo | T-Mobile
z O2 zrezygnowałem | O2
# de
Die Deutsche Bank hilft nicht | Deutsche Bank
bei der Deutschen Bank | Deutsche Bank
Deutscher Bank trauen | Deutsche Bank
eine deutsche Familie auf der Bank | -
Telekoms Netz | Deutsche Telekom
der Telekom-Techniker kam | Deutsche Telekom
Lidls Angebote | Lidl
der Vodafone-Shop | Vodafone
Apfel und Birne | -
im Lidl gekauft | Lidl
# en
Telia is slow | Telia
Australia is far | -
He took a bite of it | -
Bite has bad coverage | Bite
bitemark and frostbite | -
an apple a day | -
Apple's support was great | Apple
orange is my colour | -
Orange raised prices | Orange
O2 coverage at home | O2
H2O2 is a bleach | -
McDonald's fries | McDonald's
McDonalds fries | McDonald's
mcdonald's again | McDonald's
Old MacDonald had a farm | -
@SwedbankHelp you never answer | Swedbank
#swedbankfail | Swedbank
#TeliaDown again | Telia
the tele 2 offer | Tele2
Tele2's offer | Tele2
television and telephone | -
SEB closed my account | SEB
sebaceous and Sebastian | -
Circle K coffee | Circle K
lidless jar | -
see bite.lv for prices | Bite
write to help@australia.example.com | -
write to info@telia.ee please | Telia
https://news.example.com/swedbank-is-down | -
switched from Elisa to TELIA | Elisa, Telia
"""


def cases() -> list[tuple[str, list[str]]]:
    rows = [line.rpartition("|") for line in TABLE.strip().splitlines() if not line.startswith("#")]
    lines = [line for line in TABLE.strip().splitlines() if line.startswith("#")]
    rows += [line.rpartition("|") for line in lines if "|" in line]
    return [
        (text.strip(), [] if names.strip() == "-" else [name.strip() for name in names.split(",")])
        for text, _, names in rows
    ]


def found(text: str, matcher: BrandMatcher = MATCHER) -> list[str]:
    return [hit.brand for hit in matcher.match(None, [text])]


def test_the_table_is_large_enough() -> None:
    table = cases()
    assert len(table) >= 150
    assert sum(not names for _, names in table) >= 40


@pytest.mark.parametrize(("text", "expected"), cases())
def test_case_of_the_table(text: str, expected: list[str]) -> None:
    assert sorted(found(text)) == sorted(expected)


@pytest.mark.parametrize(
    "text", ["Swedbanka\u0304", "Swe\u00addbank", "Swed\u200bbank", "ＳＷＥＤＢＡＮＫ", "SWEDBANKĀ"]
)
def test_unicode_forms_of_one_word_are_one(text: str) -> None:
    assert found(text) == ["Swedbank"]


def test_a_hint_wins_over_what_the_words_say() -> None:
    assert MATCHER.match("Telia", ["Swedbank is better"]) == [Hit("Telia", "hint")]
    assert MATCHER.match("сбер", ["anything"]) == [Hit("Sberbank", "hint")]
    assert MATCHER.match("Someone Else", [None]) == [Hit("Someone Else", "hint")]


def test_a_text_may_speak_of_several_brands_and_names_each_once() -> None:
    assert MATCHER.match(None, ["Telia or Swedbank?", "Telia, Telia, Elisa"]) == [
        Hit("Swedbank", "alias"),
        Hit("Telia", "alias"),
        Hit("Elisa", "alias"),
    ]


def test_the_thread_speaks_only_where_the_words_name_nobody() -> None:
    assert MATCHER.match(None, ["same here"], ["Telia outage"]) == [Hit("Telia", "thread")]
    assert MATCHER.match(None, ["go to Elisa"], ["Telia outage"]) == [Hit("Elisa", "alias")]
    assert MATCHER.match("Rimi", ["go to Elisa"], ["Telia outage"]) == [Hit("Rimi", "hint")]


def test_an_exact_alias_takes_no_endings_and_no_other_case() -> None:
    matcher = BrandMatcher([Brand(name="Tet", aliases=["=iT"]), Brand(name="=Next")])
    assert found("iT works", matcher) == ["Tet"]
    assert found("it works, IT too, iTs", matcher) == []
    assert found("Next year", matcher) == ["=Next"]
    assert found("next year", matcher) == []


def test_short_names_count_only_with_a_capital() -> None:
    matcher = BrandMatcher([Brand(name="Tet")])
    assert found("Tets ir labs, Tetā strādā", matcher) == ["Tet"]
    assert found("moje teta přijela, tete a tete", matcher) == []


def test_a_capital_at_the_start_of_a_sentence_is_no_evidence_for_very_common_words() -> None:
    matcher = BrandMatcher([Brand(name="Visa"), Brand(name="Next"), Brand(name="Play")])
    for text in (
        "Visas saldētās garšo vienādi. Visi zina!",
        "Next. Next!",
        "THEY PLAY IN TOWN!!!",
        "@user Visi te",
    ):
        assert found(text, matcher) == []
    assert found("my Visa card", matcher) == ["Visa"]
    assert found("I bought it at Next", matcher) == ["Next"]
    assert found("zasięg w Play słaby", matcher) == ["Play"]


def test_no_brands_no_hits() -> None:
    assert found("anything at all", BrandMatcher([])) == []
    assert found("", MATCHER) == []


def test_fingerprint_tells_changed_aliases_and_nothing_else() -> None:
    one = Brand(name="Telia", aliases=["Telia Lietuva"])
    assert fingerprint([one]) == fingerprint([one.model_copy(update={"competitor": True})])
    assert fingerprint([one]) != fingerprint([Brand(name="Telia")])


LATIN = st.text("abcdefghijklmnoprstuvzšžčāēī", min_size=5, max_size=12)
CYRILLIC = st.text("бвгдеёжзийклмнопрст", min_size=5, max_size=12)
NAMES = LATIN | CYRILLIC
FILLER = st.text("qwx ,.!?()", max_size=20)


@given(NAMES, FILLER, FILLER)
def test_a_name_stands_in_any_text_as_a_word(name: str, before: str, after: str) -> None:
    assume(name not in everyday_words())
    matcher = BrandMatcher([Brand(name=name.title())])
    assert found(f"{before} {name.title()} {after}", matcher) == [name.title()]


@given(LATIN, st.text("qwxj", min_size=1, max_size=5))
def test_a_name_inside_a_longer_word_is_not_the_name(name: str, glued: str) -> None:
    matcher = BrandMatcher([Brand(name=name.title())])
    assert found(f"see {glued}{name} here", matcher) == []


@given(NAMES)
def test_every_form_of_a_name_is_found(name: str) -> None:
    matcher = BrandMatcher([Brand(name=name.title())])
    for form in forms(fold(name).casefold()):
        assert found(f"see {form.title()} here", matcher) == [name.title()]


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert set(found(text)) <= {brand.name for brand in BRANDS}


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_alias_is_taken_without_an_error(alias: str, text: str) -> None:
    BrandMatcher([Brand(name=alias or "x")]).match(None, [text])


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "@",
        "#",
        "a.",
        "a@",
        "1",
        "-",
        "Swed ",
        "http://",
        "\u0301",
        "Latvijas ",
        "x.lv/",
        "_",
        "a_@b.",
        "www.",
        "a-",
    ],
)
def test_time_is_linear_in_the_text(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    begun = time.process_time()
    found(text)
    assert time.process_time() - begun < 2
