"""Words that say whether a woman or a man is meant, each with its counterpart."""

from __future__ import annotations

from dataci.slicing.exchange import Exchange, both_ways, paired

PAIRS = """
he/she himself/herself man/woman men/women boy/girl boys/girls male/female males/females gentleman/lady
gentlemen/ladies mr/ms sir/madam father/mother fathers/mothers dad/mum dads/mums dad/mom dads/moms daddy/mummy
daddy/mommy papa/mama son/daughter sons/daughters brother/sister brothers/sisters husband/wife husbands/wives
bridegroom/bride bridegrooms/brides grandfather/grandmother grandfathers/grandmothers grandpa/grandma grandpas/grandmas
grandad/granny granddad/grannie grandson/granddaughter grandsons/granddaughters uncle/aunt uncles/aunts uncle/auntie
uncle/aunty nephew/niece nephews/nieces stepfather/stepmother stepdad/stepmum stepson/stepdaughter
stepbrother/stepsister godfather/godmother godson/goddaughter widower/widow widowers/widows boyfriend/girlfriend
boyfriends/girlfriends fiancé/fiancée schoolboy/schoolgirl schoolboys/schoolgirls actor/actress actors/actresses
waiter/waitress waiters/waitresses landlord/landlady landlords/landladies host/hostess hosts/hostesses king/queen
kings/queens prince/princess princes/princesses policeman/policewoman policemen/policewomen salesman/saleswoman
salesmen/saleswomen businessman/businesswoman businessmen/businesswomen chairman/chairwoman fireman/firewoman
sportsman/sportswoman spokesman/spokeswoman mr/mrs mr/miss seamster/seamstress masculine/feminine
"""
# "her" is both his and him: what follows decides.
GENDERED: Exchange = {
    **both_ways(paired(PAIRS)),
    "him": "her",
    "his": ("her", "hers"),
    "her": ("his", "him"),
    "hers": "his",
}
