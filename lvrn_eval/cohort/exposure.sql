-- The windows with days in custody, or under age, taken out of the days at risk.
with away_days as (
    select
        windows.person_id,
        sum(greatest(0, date_diff(
            'day',
            greatest(away.away_from, coalesce(windows.before_from, away.away_from)),
            least(away.away_to, windows.before_to)
        ) + 1)) as before_away,
        sum(greatest(0, date_diff(
            'day', greatest(away.away_from, windows.before_anchor), least(away.away_to, windows.after_anchor)
        ) + 1)) as during_away,
        sum(greatest(0, date_diff(
            'day', greatest(away.away_from, windows.after_anchor + 1), least(away.away_to, windows.after_to)
        ) + 1)) as after_away
    from away
    inner join windows on away.person_id = windows.person_id
    group by windows.person_id
)

select
    windows.person_id,
    windows.site,
    windows."group",
    windows.before_anchor,
    windows.after_anchor,
    windows.before_from,
    windows.before_to,
    windows.after_to,
    windows.before_complete,
    windows.after_complete,
    cast(windows.days_before - coalesce(away_days.before_away, 0) as integer) as days_before,
    cast(windows.days_during - coalesce(away_days.during_away, 0) as integer) as days_during,
    cast(windows.days_after - coalesce(away_days.after_away, 0) as integer) as days_after
from windows
left join away_days on windows.person_id = away_days.person_id
