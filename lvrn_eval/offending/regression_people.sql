-- One row per person: events and days at risk in each stretch, and how the rule stands to them. Events the rule looks
-- at that lie in none of the stretches the model counts (in the washout, of other kinds, in custody) are "elsewhere".
with placed as (
    select
        days_of.person_id,
        days_of.period,
        days_of.days,
        coalesce(events_of.events, 0) as events
    from days_of
    left join events_of on days_of.person_id = events_of.person_id and days_of.period = events_of.period
),

wide as (
    select
        person_id,
        cast(sum(case when period = 'washout' then events else 0 end) as bigint) as washout,
        cast(sum(case when period = 'raw' then events else 0 end) as bigint) as raw,
        cast(sum(case when period = 'before' then events else 0 end) as bigint) as before,
        cast(sum(case when period = 'earlier' then events else 0 end) as bigint) as earlier,
        cast(sum(case when period = 'rest' then events else 0 end) as bigint) as rest,
        cast(sum(case when period = 'after' then events else 0 end) as bigint) as after,
        cast(sum(case when period = 'washout' then days else 0 end) as bigint) as days_washout,
        cast(sum(case when period = 'raw' then days else 0 end) as bigint) as days_raw,
        cast(sum(case when period = 'before' then days else 0 end) as bigint) as days_before,
        cast(sum(case when period = 'earlier' then days else 0 end) as bigint) as days_earlier,
        cast(sum(case when period = 'rest' then days else 0 end) as bigint) as days_rest,
        cast(sum(case when period = 'after' then days else 0 end) as bigint) as days_after
    from placed
    group by person_id
),

ruled as (
    select
        person_id,
        count(*) as events
    from events
    where ruled
    group by person_id
)

select
    wide.*,
    coalesce(ruled.events, 0) as ruled,
    cast($least as bigint) <= coalesce(ruled.events, 0) as met,
    cast($least as bigint) <= coalesce(ruled.events, 0) - wide.before as met_without_before,
    cast($least as bigint) <= coalesce(ruled.events, 0) - wide.earlier as met_without_earlier,
    cast($least as bigint) <= coalesce(ruled.events, 0) - wide.before - wide.earlier as met_without_both,
    greatest(0, cast($least as bigint) - (coalesce(ruled.events, 0) - wide.before - wide.rest)) as needed
from wide
left join ruled on wide.person_id = ruled.person_id
