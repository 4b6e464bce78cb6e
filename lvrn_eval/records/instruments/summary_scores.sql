-- The scores of each scale, in numbers.
select
    scored.scale,
    scored.informant,
    scored.occasion,
    count(distinct scored.person_id) as people,
    count(*) as questionnaires,
    avg(scored.score) as mean,
    stddev_samp(scored.score) as sd
from scored
where scored.valid
group by scored.scale, scored.informant, scored.occasion
