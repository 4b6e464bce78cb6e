-- One row per person, informant and scale with a valid score on either occasion; a side without one is missing.
with sides as (
    select
        scored.person_id,
        scored.informant,
        scored.scale,
        max(case when scored.occasion = $before then scored.score end) as before,
        max(case when scored.occasion = $after then scored.score end) as after,
        max(case when scored.occasion = $before then scored.band end) as band_before,
        max(case when scored.occasion = $after then scored.band end) as band_after,
        max(case when scored.occasion = $before then scored."on" end) as on_before,
        max(case when scored.occasion = $after then scored."on" end) as on_after,
        count(case when scored.occasion = $before then 1 end) as n_before,
        count(case when scored.occasion = $after then 1 end) as n_after
    from scored
    where scored.valid and scored.occasion in ($before, $after)
    group by scored.person_id, scored.informant, scored.scale
)

select
    sides.*,
    sides.after - sides.before as change
from sides
