"""First names, each with one of the same gender that is common elsewhere; none that is an English word as well."""

from __future__ import annotations

from dataci.slicing.exchange import Exchange, both_ways, paired

PAIRS = """
emily/aisha anne/ngozi anna/nomvula sarah/fatima laura/mei karen/priya susan/lakshmi emma/zanele claire/thandiwe
julia/yuki kate/rukmini katherine/khadija elizabeth/adaeze margaret/wanjiru rachel/shanice rebecca/latoya megan/keisha
hannah/zainab lucy/xiomara alice/noor charlotte/ayesha jessica/imani nicole/guadalupe linda/nkechi jennifer/leila
amy/mariam olivia/sunita ingrid/anjali
peter/mohammed john/sipho thomas/rahul david/wei michael/kwame james/tyrone andrew/hassan stephen/arjun paul/thabo
george/jamal robert/hiroshi william/ibrahim richard/ravi daniel/nnamdi matthew/deshawn simon/kofi edward/ahmed
henry/mandla harry/omar brian/chidi kevin/rajesh greg/rasheed geoffrey/darnell brad/tariq adam/yusuf alan/sanjay
martin/jesús philip/bongani christopher/chinedu
"""
FIRST_NAMES: Exchange = both_ways(paired(PAIRS))
