-- Everyone, with the day of their first release in the period, if any. Spells that share a day are one spell, so a
-- transfer is no release.
with spells as (
    select
        custody.person_id,
        cast(custody.starts_on as date) as starts_on,
        coalesce(cast(custody.ends_on as date), $end + 1) as ends_on
    from custody
    where cast(custody.starts_on as date) <= $end
),

marked as (
    select
        *,
        case
            when
                starts_on <= max(ends_on) over (
                    partition by person_id order by starts_on, ends_on
                    rows between unbounded preceding and 1 preceding
                )
                then 0
            else 1
        end as opens
    from spells
),

numbered as (
    select
        *,
        sum(opens) over (
            partition by person_id order by starts_on, ends_on rows between unbounded preceding and current row
        ) as island
    from marked
),

released as (
    select person_id, max(ends_on) as released_on
    from numbered
    group by person_id, island
),

first_release as (
    select person_id, min(released_on) as released_on
    from released
    where released_on >= $released_from and released_on <= $end
    group by person_id
)

select people.*, first_release.released_on as day_of_release
from people
left join first_release on people.person_id = first_release.person_id
