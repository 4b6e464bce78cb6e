-- Days at risk of each person in each stretch.
with away_days as (
    select
        periods.person_id,
        periods.period,
        sum(greatest(0, date_diff(
            'day', greatest(away.away_from, periods.day_from), least(away.away_to, periods.day_to)
        ) + 1)) as days
    from away
    inner join periods on away.person_id = periods.person_id
    group by periods.person_id, periods.period
)

select
    periods.person_id,
    periods.period,
    cast(
        date_diff('day', periods.day_from, periods.day_to) + 1 - coalesce(away_days.days, 0) as integer
    ) as days
from periods
left join away_days on periods.person_id = away_days.person_id and periods.period = away_days.period
