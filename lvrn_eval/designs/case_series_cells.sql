-- Days at risk and events of each person in each combination of period and bands that has a day at risk.
with away_days as (
    select
        spans.person_id,
        spans.from_day,
        sum(
            date_diff(
                'day', greatest(away.away_from, spans.from_day), least(away.away_to, spans.to_day)
            ) + 1
        ) as days
    from spans
    inner join away
        on spans.person_id = away.person_id and away.away_from <= spans.to_day and away.away_to >= spans.from_day
    group by spans.person_id, spans.from_day
),

counted as (
    select spans.person_id, spans.from_day, count(*) as events
    from spans
    inner join placed on spans.person_id = placed.person_id and placed.day between spans.from_day and spans.to_day
    group by spans.person_id, spans.from_day
)

select
    spans.person_id,
    spans.period,
    spans.age,
    spans.calendar,
    spans.probe,
    cast(
        sum(date_diff('day', spans.from_day, spans.to_day) + 1 - coalesce(away_days.days, 0)) as bigint
    ) as days,
    cast(sum(coalesce(counted.events, 0)) as bigint) as events
from spans
left join away_days on spans.person_id = away_days.person_id and spans.from_day = away_days.from_day
left join counted on spans.person_id = counted.person_id and spans.from_day = counted.from_day
group by spans.person_id, spans.period, spans.age, spans.calendar, spans.probe
having sum(date_diff('day', spans.from_day, spans.to_day) + 1 - coalesce(away_days.days, 0)) > 0
