-- Each child's added value in points of the parents' SDQ, where all four scores are there.
with sides as (
    select
        scored.person_id,
        max(case when scored.occasion = $before and scored.scale = 'total' then scored.score end) as total_before,
        max(case when scored.occasion = $before and scored.scale = 'impact' then scored.score end) as impact_before,
        max(case when scored.occasion = $before and scored.scale = 'emotional' then scored.score end) as emotional_before,
        max(case when scored.occasion = $after and scored.scale = 'total' then scored.score end) as total_after,
        count(case when scored.occasion = $before and scored.scale = 'total' then 1 end) as n_before,
        count(case when scored.occasion = $after and scored.scale = 'total' then 1 end) as n_after
    from scored
    where scored.valid and scored.informant = 'parent' and scored.occasion in ($before, $after)
    group by scored.person_id
)

select
    sides.n_before,
    sides.n_after,
    $constant + $per_total * sides.total_before + $per_impact * sides.impact_before
    + $per_emotional * sides.emotional_before - sides.total_after as added_value,
    count(*) as people
from sides
group by
    sides.n_before,
    sides.n_after,
    $constant + $per_total * sides.total_before + $per_impact * sides.impact_before
    + $per_emotional * sides.emotional_before - sides.total_after
