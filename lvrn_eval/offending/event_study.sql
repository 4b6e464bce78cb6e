-- For every month around the anchor: people with a day at risk, their days at risk, and their events.
-- The squares and the largest of people's events say how far they come several to a person.
with spans as (
    select
        windows.person_id,
        months.time,
        greatest(windows.before_anchor + months.from_day, windows.before_from) as from_day,
        least(windows.before_anchor + months.to_day, windows.after_to) as to_day
    from windows
    cross join months
    where
        windows.before_anchor + months.from_day <= windows.after_to
        and windows.before_anchor + months.to_day >= windows.before_from
),

away_days as (
    select
        spans.person_id,
        spans.time,
        sum(
            date_diff(
                'day', greatest(away.away_from, spans.from_day), least(away.away_to, spans.to_day)
            ) + 1
        ) as days
    from spans
    inner join away
        on spans.person_id = away.person_id and away.away_from <= spans.to_day and away.away_to >= spans.from_day
    group by spans.person_id, spans.time
),

at_risk as (
    select
        spans.person_id,
        spans.time,
        spans.from_day,
        spans.to_day,
        date_diff('day', spans.from_day, spans.to_day) + 1 - coalesce(away_days.days, 0) as days
    from spans
    left join away_days on spans.person_id = away_days.person_id and spans.time = away_days.time
),

counted as (
    select
        at_risk.person_id,
        at_risk.time,
        count(*) as events
    from at_risk
    inner join events
        on at_risk.person_id = events.person_id
        and cast(events."on" as date) between at_risk.from_day and at_risk.to_day
    left join away
        on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
    where $wanted and away.person_id is null
    group by at_risk.person_id, at_risk.time
)

select
    at_risk.person_id,
    at_risk.time,
    cast(at_risk.days as bigint) as days,
    cast(coalesce(counted.events, 0) as bigint) as events
from at_risk
left join counted on at_risk.person_id = counted.person_id and at_risk.time = counted.time
where at_risk.days > 0
