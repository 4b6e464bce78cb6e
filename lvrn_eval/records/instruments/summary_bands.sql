-- How many people, on each scale, are in each band; a questionnaire without a score is in none.
select
    scored.scale,
    scored.informant,
    scored.occasion,
    scored.band,
    count(distinct scored.person_id) as people
from scored
where scored.valid
group by scored.scale, scored.informant, scored.occasion, scored.band
