"""Words that British and American English spell differently."""

from __future__ import annotations

from collections.abc import Iterator

from dataci.slicing.exchange import Exchange, both_ways

# British/American stems, each with the endings that both take; "." is the stem alone.
STEMS = """
colour/color:. s ed ing ful less|favour/favor:. s ed ing able ably|favourite/favorite:. s|flavour/flavor:. s ed ing
|honour/honor:. s ed ing able|humour/humor:. s|labour/labor:. s ed ing er ers|neighbour/neighbor:. s ing ly hood hoods
|harbour/harbor:. s ed ing|rumour/rumor:. s ed|behaviour/behavior:. s al|odour/odor:. s less|vapour/vapor:. s
|armour/armor:. ed|parlour/parlor:. s|endeavour/endeavor:. s ed ing|savour/savor:. s ed ing y|tumour/tumor:. s
|vigour/vigor:.|splendour/splendor:.|mould/mold:. s ed ing y|moult/molt:. s ed ing|smoulder/smolder:. s ed ing
|centre/center:. s|theatre/theater:. s|metre/meter:. s|kilometre/kilometer:. s|centimetre/centimeter:. s
|millimetre/millimeter:. s|litre/liter:. s|millilitre/milliliter:. s|fibre/fiber:. s|calibre/caliber:. s|sombre/somber:.
|lustre/luster:.|spectre/specter:. s|manoeuvre/maneuver:. s|meagre/meager:.
|organis/organiz:e es ed ing er ers ation ations|realis/realiz:e es ed ing ation|recognis/recogniz:e es ed ing able
|apologis/apologiz:e es ed ing|specialis/specializ:e es ed ing ation|customis/customiz:e es ed ing ation
|personalis/personaliz:e es ed ing|sanitis/sanitiz:e es ed ing er ers|modernis/moderniz:e es ed ing
|minimis/minimiz:e es ed ing|maximis/maximiz:e es ed ing|optimis/optimiz:e es ed ing ation|summaris/summariz:e es ed ing
|memoris/memoriz:e es ed ing|emphasis/emphasiz:ed ing|prioritis/prioritiz:e es ed ing|categoris/categoriz:e es ed ing
|finalis/finaliz:e es ed ing|authoris/authoriz:e es ed ing ation|criticis/criticiz:e es ed ing|utilis/utiliz:e es ed ing
|analys/analyz:e ed ing|paralys/paralyz:e ed ing|catalys/catalyz:e ed ing
|travell/travel:ed ing er ers|cancell/cancel:ed ing|labell/label:ed ing|modell/model:ed ing
|counsell/counsel:ed ing or ors|signall/signal:ed ing|quarrell/quarrel:ed ing|fuell/fuel:ed ing
|jewell/jewel:er ers|marvell/marvel:ed ing ous
|levell/level:ed ing|tunnell/tunnel:ed ing|channell/channel:ed ing|panell/panel:ed ing
|dialled/dialed:.|dialling/dialing:.
|enrol/enroll:. s ment|fulfil/fulfill:. s ment|instal/install:. s ment|skilful/skillful:. ly|wilful/willful:. ly
|defence/defense:. s|offence/offense:. s|licence/license:. s|pretence/pretense:. s|practis/practic:ed ing
|grey/gray:. er est ish|tyre/tire:. s|kerb/curb:. s|plough/plow:. s ed ing|cheque/check:. s|chequebook/checkbook:. s
|catalogue/catalog:. s|dialogue/dialog:. s|analogue/analog:. s|programme/program:. s|jewellery/jewelry:.
|pyjamas/pajamas:.|aluminium/aluminum:.|mum/mom:. s my|cosy/cozy:.|cosier/cozier:.|sceptic/skeptic:. s al
|storey/story:.|moustache/mustache:. s|doughnut/donut:. s|yoghurt/yogurt:. s|omelette/omelet:. s|draught/draft:. s y
|anaemi/anemi:a c|anaesthe/anesthe:tic tist sia|paediatric/pediatric:. s ian ians|gynaecolog/gynecolog:y ist ists
|orthopaedic/orthopedic:. s|diarrhoea/diarrhea:.|oestrogen/estrogen:.|haemorrh/hemorrh:age oid oids|foetus/fetus:. es
|leukaemia/leukemia:.|encyclopaedia/encyclopedia:. s|mediaeval/medieval:.|aeroplane/airplane:. s|learnt/learned:.
|burnt/burned:.|spelt/spelled:.|spilt/spilled:.|dreamt/dreamed:.|leant/leaned:.|whilst/while:.|amongst/among:.
"""


def pairs() -> Iterator[tuple[str, str]]:
    """Yield British and American words."""
    for entry in STEMS.split("|"):
        stems, _, endings = entry.strip().partition(":")
        british, _, american = stems.partition("/")
        for ending in endings.split():
            tail = ending.removeprefix(".")
            yield british + tail, american + tail


# Words that are common on both sides with another meaning ("check", "story", "while") are left as they are there.
BOTH = frozenset(
    "among burned check checks curb curbs draft drafts drafty dreamed install installs leaned learned license licenses"
    " meter meters practiced practicing program programs spelled spilled story tire tires while".split()
)
SPELLING: Exchange = {word: other for word, other in both_ways(pairs()).items() if word not in BOTH}
