"""Words that cannot both be true of the same thing: opposites, and members of one scale.

An embedding takes “huge” and “tiny” for nearly the same; so does every judge that is built on one. Each line below has two or more
sides; a word of one side in a statement, where its quotation has a word of another side in its place, changes what is said.
"""

from __future__ import annotations

import re
from functools import cache

from rag.lexical import stem

_SCALES = """
before earlier | after later afterwards
more most | less least fewer fewest few
increase rise grow climb widen expand | decrease fall shrink drop narrow decline
win gain | lose
advance enter arrive approach | retreat withdraw leave depart flee
inside within | outside
first | second | third | last
open | close shut
start begin launch | end finish stop halt
support back help supporter ally friend | oppose opponent enemy resist
allow permit | forbid ban prohibit
accept agree | reject refuse decline
succeed success successful | fail failure unsuccessful
ahead | behind
above over | below under beneath
old elderly | young
early | late
high | low
tall | short
biggest largest greatest | smallest
big large huge vast enormous great considerable | tiny small little slight
bigger larger greater | smaller lesser
captured taken seized recaptured retaken | lost surrendered
easy easiest simple simplest easier | difficult hard complex complicated hardest harder toughest
attack assault | defend defence
alive living | dead
public open | secret hidden
join | leave quit
up upward | down downward
forward forwards onward | backward backwards back
legal lawful | illegal unlawful
true right correct | false wrong
confirm admit acknowledge | deny
buy | sell
all every everyone everybody | none nobody
always constantly | never rarely seldom
strong fierce powerful mighty brutal tough | weak feeble mild
safe secure harmless | dangerous unsafe risky deadly
cautiously carefully cautious careful | recklessly carelessly reckless careless
quickly fast rapidly swift quick | slowly slow
lift raise boost strengthen | lower reduce weaken undermine
head front forefront | rear tail
heavy heavily | light lightly
rich wealthy | poor
peace | war
toward towards | away
send | receive
arrest detain imprison | release free
praise | criticise criticize condemn
love | hate
hope optimistic | fear pessimistic
appoint hire | dismiss fire sack
build construct | demolish
give | take
borrow | lend
deepen | ease
cheap cheaper | expensive dearer
full | empty
hot | cold
wet | dry
majority | minority
maximum | minimum
temporary | permanent
voluntary voluntarily | forced compulsory
guilty | innocent
morning | afternoon | evening | night
summer | winter | spring | autumn
day | week | month | year | decade | century
hourly | daily | weekly | monthly | yearly annual
brother | sister
son | daughter
father | mother
husband | wife
known | unknown
possible | impossible
likely | unlikely
significant important major | insignificant unimportant minor
"""
_PREFIX = re.compile(r"^(?:un|in|im|il|ir|dis|non)-?(?=\w{4,})")


@cache
def _sides() -> dict[str, frozenset[str]]:
    """For each stem the stems of the other sides of its scales."""
    found: dict[str, set[str]] = {}
    for line in _SCALES.strip().splitlines():
        sides = [{stem(w) for w in side.split()} for side in line.split("|")]
        for side in sides:
            for word in side:
                found.setdefault(word, set()).update(*(other for other in sides if other is not side))
    return {word: frozenset(others - {word}) for word, others in found.items()}


@cache
def opposites(stemmed: str) -> frozenset[str]:
    """The stems that mean something else on the same scale, among them the same word with or without un-, in-, dis-."""
    return _sides().get(stemmed, frozenset()) | with_prefix(stemmed)


@cache
def with_prefix(stemmed: str) -> frozenset[str]:
    """The same word with un-, in-, dis- and their like, or without it."""
    bare = _PREFIX.sub("", stemmed)
    return frozenset({bare} if bare != stemmed else {prefix + stemmed for prefix in ("un", "in", "im", "il", "ir", "dis")})
