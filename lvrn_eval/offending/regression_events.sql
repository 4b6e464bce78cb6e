-- These people's events: whether each is counted, whether the rule looks at it, and whether its day was at risk.
select
    windows.person_id,
    cast(events."on" as date) as day,
    $counted as counted,
    cast(events."on" as date) < windows.before_anchor
        and cast(events."on" as date) >= windows.before_from
        and $ruled as ruled,
    away.person_id is not null as away
from events
inner join windows on events.person_id = windows.person_id
left join away
    on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
where $counted or $ruled
