"""Which column of an owner's file is which field: by its header in the languages that people export in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from crawlers import numbers

FIELDS = (
    "text", "title", "rating", "scale", "rating_min", "rating_max", "date", "author", "id", "url", "lang",
    "product", "pros", "cons", "likes", "owner_reply", "verified", "brand",
)  # fmt: skip
"""What a column can be; `id` is the native id, `scale` holds [min, max]."""

_EXACT: dict[str, str] = {
    "text": "text|comment|comments|verbatim|feedback|review|reviewtext|review text|review body|body"
    "|content|message|answer|open answer|opinion|komentārs|komentārs teksts|komentārs klienta|atsauksme"
    "|atsauksmes|teksts|atbilde|komentaras|atsiliepimas|tekstas|atsakymas|kommentaar|arvustus"
    "|tagasiside|tekst|vastus|komentář|recenze|hodnocení text|text hodnocení|odpověď|zpráva|komentarz"
    "|opinia|recenzja|treść|odpowiedź|комментарий|отзыв|текст|текст отзыва|сообщение|ответ|мнение"
    "|kommentar|bewertung|bewertungstext|rezension|antwort|freitext|nachricht|commentaire|avis"
    "|comentario|commento",
    "title": "title|headline|subject|summary|review title|virsraksts|pavadinimas|antraštė|pealkiri"
    "|titulek|nadpis|předmět|tytuł|temat|заголовок|тема|titel|überschrift|betreff|titre",
    "rating": "value|rating|score|stars|star|star rating|nps|nps score|grade|mark|points|overall"
    "|overall rating|recommendation|vērtējums|novērtējums|zvaigznes|punkti|atzīme|įvertinimas"
    "|vertinimas|balas|balai|žvaigždutės|hinnang|hinne|tärnid|punktid|hodnocení|hvězdičky|hvězdy|známka"
    "|body|skóre|ocena|gwiazdki|punkty|wynik|оценка|рейтинг|балл|баллы|звезды|звёзды|note|sterne|punkte"
    "|wertung|nps wert|puntuación|voto",
    "scale": "scale|rating scale|skala|skaala|шкала",
    "rating_min": "rating min|min rating|worst rating|scale min",
    "rating_max": "rating max|max rating|best rating|scale max|out of",
    "date": "date|datetime|timestamp|time|created|created at|created on|submitted|submitted at"
    "|submitted on|published|published at|review date|review time|unix review time|response date"
    "|date submitted|end date|recorded date|datums|laiks|izveidots|data|laikas|sukurta|kuupäev|aeg"
    "|loodud|datum|čas|vytvořeno|data dodania|czas|utworzono|дата|дата отзыва|время|создано"
    "|дата создания|zeit|erstellt|erstellt am|zeitstempel|fecha",
    "author": "author|user|username|user name|reviewer|reviewer name|nickname|nick|customer"
    "|customer name|respondent|name|autors|lietotājs|vārds|klients|autorius|vartotojas|vardas|klientas"
    "|autor|kasutaja|nimi|klient|uživatel|jméno|zákazník|użytkownik|imię|автор|пользователь|имя|клиент"
    "|ник|verfasser|nutzer|benutzer|kunde|auteur|email|e mail|e pasts|el paštas|e post|эл почта",
    "id": "id|review id|reviewid|response id|responseid|comment id|native id|uuid|guid|record id"
    "|rating id|feedback id|atsauksmes id|atsiliepimo id|id recenze|id opinii|id отзыва|номер"
    "|bewertungs id",
    "url": "url|link|permalink|review url|review link|saite|nuoroda|odkaz|ссылка|adres",
    "lang": "lang|language|locale|valoda|kalba|keel|jazyk|język|язык|sprache|langue",
    "product": "product|product name|item|group|hotel|film|book|title of product|sku|prece|produkts"
    "|produktas|prekė|toode|produkt|výrobek|zboží|товар|продукт|артикул|artikel|produit",
    "pros": "pros|advantages|positives|plusi|plusy|klady|výhody|zalety|достоинства|плюсы|преимущества"
    "|vorteile|privalumai|plussid|priekšrocības|liked|what did you like",
    "cons": "cons|disadvantages|negatives|mīnusi|minusy|zápory|nevýhody|wady|недостатки|минусы"
    "|nachteile|trūkumai|miinused|trūkumi|disliked",
    "likes": "likes|helpful|helpful votes|upvotes|thumbs up|patīk|patinka|to se mi líbí|лайки|нравится"
    "|полезно",
    "owner_reply": "owner reply|reply|response|company reply|shop reply|answer from shop"
    "|response from the owner|atbilde klientam|odpověď obchodu|ответ компании|ответ магазина"
    "|antwort des händlers",
    "verified": "verified|verified purchase|is verified|verified buyer|verificēts|ověřeno|проверено"
    "|verifiziert",
    "brand": "brand|company|firm|zīmols|uzņēmums|prekės ženklas|įmonė|bränd|ettevõte|značka|firma|marka"
    "|бренд|компания|marke|unternehmen",
}
_QUESTIONS: dict[str, str] = {
    "rating": r"how likely|likel(?:y|ihood) to recommend|recommend us|would you recommend|cik iespējams"
    r"|ietei[ck]|varbūtīb|kaip tikėtina|rekomenduo|kui tõenäoline|soovita|jak pravděpodobné|doporuč"
    r"|jak bardzo prawdopodobne|polec|насколько вероятно|порекоменд|рекоменду|wie wahrscheinlich"
    r"|weiterempf|probabilité|recommand|how satisfied|\bnps\b|0\s*[-–]\s*10|\b1\s*[-–]\s*5\b|\bstars?\b"
    r"|rating|score|hodnocen|ocena|оценк|vērtējum|įvertin|hinnang|bewertung|zvaigz|žvaigžd|hvězd|gwiazd"
    r"|звезд",
    "text": r"review (?:text|content|body)|reason for|main reason|why did you|why\b|tell us"
    r"|anything else|please explain|in your own words|comment|feedback|suggestion|improve|kāpēc|iemesls"
    r"|pamatoj|uzlabo|komentār|kodėl|priežast|tobulin|komentar|miks|põhjus|parand|kommentaar|proč|důvod"
    r"|zlepši|komentář|dlaczego|powód|popraw|ulepsz|почему|причин|улучш|коммент|отзыв|warum|grund"
    r"|verbesser|anmerkung|pourquoi|amélior",
    "date": r"^(?!.*(?:update|reply|response date|birth|start|dzim|upravo)).*(?:\bcreated\b|\bsubmi"
    r"|timestamp|\bposted|published|\bdate\b|\bdatums?\b|\bdata\b|kuupäev|дата)",
    "id": r"^#$|(?:review|response|comment|feedback|submission|entry|answer|ticket)[ _-]?id\b",
    "lang": r"language|valoda|jazyk|język|язык|sprache",
    "owner_reply": r"(?:developer|owner|company|shop|merchant|business).*(?:reply|response)(?: text)?$",
}
_LABELS = re.compile(r"\bid\b|\bdate\b|\btime\b|datum|timestamp|\burl\b|\blink\b|token|hash", re.IGNORECASE)
_PERSONAL = re.compile(
    r"e-?mail|e-?pasts|paštas|e-?post|phone|telefon|tālrun|тел|mobile|address|adrese|adresas|aadress"
    r"|adresa|адрес|\bip\b|ip address|first name|last name|surname|full name|\bname\b|vārds|uzvārds"
    r"|pavardė|perekonnanimi|příjmení|nazwisko|фамилия|отчество|имя|nachname|vorname|birth|dzimš|gimimo"
    r"|sünni|narozen|urodz|рожден|passport|personal code|personas kods|asmens kodas|isikukood"
    r"|rodné číslo|pesel|iban|card number|customer id|user id|account|contract number",
    re.IGNORECASE,
)
_RECOMMEND = re.compile(
    r"nps|varbūt|likely|recommend|0\s*[-–]\s*10|ietei[ck]|rekomend|soovita|doporuč|polec|рекоменд|empfehl",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\+?\d[\d\s().-]{7,}\d")


def normal(header: str) -> str:
    """A header as it is compared: lower case, words parted by single spaces, without a `meta.` before it."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header.strip())
    return " ".join(re.sub(r"[\W_]+", " ", parted.casefold()).split())


def detect(columns: Iterable[str]) -> dict[str, str]:
    """Field to column, for the fields that a header names. An exact name wins over a question, an earlier
    word of the field's list over a later one; a column serves one field."""
    names = list(columns)
    found: dict[str, str] = {}
    for field, words in _EXACT.items():
        column = _first(names, words.split("|"), found)
        if column:
            found[field] = column
    for field, pattern in _QUESTIONS.items():
        free = (name for name in names if name not in found.values())
        asked = next((name for name in free if re.search(pattern, name, re.IGNORECASE)), None)
        if field not in found and asked:
            found[field] = asked
    return found


def _first(names: list[str], words: list[str], taken: Mapping[str, str]) -> str | None:
    """The column with the best name: whole headers first, then the last part of a nested path."""
    for key in (normal, lambda name: normal(name.rpartition(".")[2])):
        by_name: dict[str, str] = {}
        for name in names:
            if name not in taken.values():
                by_name.setdefault(key(name), name)
        best = next((by_name[word] for word in words if word in by_name), None)
        if best:
            return best
    return None


def is_personal(column: str, sample: Iterable[Any]) -> bool:
    """Whether a column holds what must not be kept beside an answer: names, addresses, numbers of people."""
    if _PERSONAL.search(column):
        return True
    return any(isinstance(value, str) and _ADDRESS.fullmatch(value.strip()) for value in sample)


def is_id_like(sample: list[Any]) -> bool:
    """Whether nearly every row has its own value: nothing to group by."""
    return len(sample) >= 50 and len({str(value) for value in sample}) > 0.5 * len(sample)


def is_label(column: str, sample: list[Any]) -> bool:
    """Whether a column only tells rows apart: ids, times, addresses."""
    return bool(_LABELS.search(column)) or is_id_like(sample)


def by_content(columns: Mapping[str, list[Any]]) -> dict[str, str]:
    """Text and rating by what the columns hold, for headers that say nothing: the column with the longest
    prose, and a question whose answers are whole numbers from 0 to 10."""
    found: dict[str, str] = {}
    prose = {name: _prose(values) for name, values in columns.items() if not is_personal(name, values[:200])}
    best = max(prose, key=lambda name: prose[name], default=None)
    if best is not None and prose[best] >= 12:
        found["text"] = best
    numeric = (name for name, values in columns.items() if name.rstrip().endswith("?") and _on_ten(values))
    asked = next(numeric, None)
    return found | ({"rating": asked} if asked else {})


def _prose(values: list[Any]) -> float:
    """Mean length of the texts that have several words; 0 if fewer than a third have."""
    texts = [value for value in values if isinstance(value, str)]
    worded = [text for text in texts if len(text.split()) >= 2 and any(ch.isalpha() for ch in text)]
    return sum(map(len, worded)) / len(worded) if worded and 3 * len(worded) >= len(texts) else 0.0


def _on_ten(values: list[Any]) -> bool:
    found = [numbers.number(value) if len(str(value).strip()) <= 4 else None for value in values]
    return bool(found) and all(value is not None and value in range(11) for value in found)


def guess_scale(values: list[Any], header: str) -> tuple[float, float] | None:
    """The scale of a rating column, from its header and its values; None if the values fit none."""
    found = [value for value in map(_value, values) if value is not None]
    low, high = min(found, default=1.0), max(found, default=0.0)
    asked = bool(_RECOMMEND.search(header)) or ("score" in header.casefold() and high > 5)
    if low < 0:
        return None
    if asked and high <= 10:
        return (0.0, 10.0)
    for limit in (5.0, 10.0, 100.0):
        if high <= limit:
            return (0.0 if low < 1 or limit > 10 else 1.0, limit)
    return None


def _value(raw: Any) -> float | None:
    scaled = numbers.rating(raw)
    return scaled.value if scaled and scaled.best is None else None
