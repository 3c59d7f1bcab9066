"""Words that say nothing about what a post is about: function words of French and English, chosen for this project."""

from __future__ import annotations

from typing import Final

_FRENCH: Final = """
à afin ai aie ainsi alors après as assez au aucun aucune aujourd'hui auquel aura aurait aussi autour autre autres aux
avaient avais avait avant avec avez avoir avons ayant beaucoup bien bon c ça car ce ceci cela celle celles celui cent
cependant certain certaine certaines certains ces cet cette ceux chacun chaque chez ci comme comment contre d dans de
dedans dehors depuis derrière des dès dessous dessus deux devant devrait dit dois doit donc dont du durant elle elles
en encore enfin ensuite entre es est et étaient étais était étant être eu eux fais fait faire faut fois font hors ici
il ils j jamais je jusque l la là le lequel les leur leurs lors lorsque lui m ma maintenant mais me même mêmes mes
mettre mien moi moins mon n ne ni non nos notre nôtre nous ont on ou où oui par parce parfois pas pendant peu peut
peux plus plusieurs plutôt pour pourquoi pourtant près presque puis puisque qu quand que quel quelle quelles quelque
quelques quels qui quoi s sa sans sauf se selon sera serai serait ses seulement si sien soi soient sois soit sommes
son sont sous suis sur surtout t ta tandis tant te tel telle tellement tels tes tiens toi ton toujours tous tout toute
toutes très trop tu un une est-ce moi-même là-bas peut-être quelqu'un va vais vas vers veut veux via voici voilà vont
vos votre vôtre vous vraiment vs vu y
"""
_ENGLISH: Final = """
a about after again against ain't all almost also although always am among an and another any anyone anything are
aren't around as at back be became because been before being below between both but by came can can't cannot come
could couldn't did didn't do does doesn't doing don't done down during each either else even ever every everyone
everything few for from further get gets getting go goes going gonna got had hadn't has hasn't have haven't having he
he's her here hers herself him himself his how however i if i'll i'm i've in into is isn't it it's its itself just let
let's like made make many may maybe me might mine more most much must mustn't my myself no nor not now of off oh on
once one only onto or other others our ours ourselves out over own per put really said same see she she's should
shouldn't since so some someone something still such than that that's the their theirs them themselves then there
there's these they they're this those though through till to together too took under until up upon us very via want
was wasn't way we we're we've were weren't what what's when where whether which while who who's whom whose why will
with within without won't would wouldn't yes yet you you'll you're you've your yours yourself
"""

STOP_WORDS: Final[frozenset[str]] = frozenset(f"{_FRENCH} {_ENGLISH}".split())
