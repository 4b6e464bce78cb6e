-- Questionnaires with a score on each scale, and those without by the reason.
select
    scored.scale,
    scored.informant,
    scored.occasion,
    scored.reason,
    count(*) as questionnaires,
    count(distinct scored.person_id) as people,
    count(case when scored.source = 'total' then 1 end) as from_total,
    count(
        case when scored.source = 'items' and scored.entered is not null and scored.entered <> scored.score then 1 end
    ) as differing
from scored
group by scored.scale, scored.informant, scored.occasion, scored.reason
