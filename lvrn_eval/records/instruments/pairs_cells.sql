-- How many people had each pair of scores on one scale; a missing side is nobody's score.
select
    pairs.informant,
    pairs.before,
    pairs.after,
    count(*) as people
from pairs
where pairs.scale = $scale
group by pairs.informant, pairs.before, pairs.after
