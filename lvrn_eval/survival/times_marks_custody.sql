-- The days on which a person goes out of and comes back under observation: time at risk ends with the day of reception.
select
    follow.person_id,
    greatest(date_diff('day', follow.origin, away.away_from) - 1, 0) as day,
    1 as away,
    0 as happened,
    0 as changed
from follow
inner join away on follow.person_id = away.person_id
where away.away_to > follow.origin
union all
select
    follow.person_id,
    date_diff('day', follow.origin, away.away_to) as day,
    -1 as away,
    0 as happened,
    0 as changed
from follow
inner join away on follow.person_id = away.person_id
where away.away_to > follow.origin
