-- The events that count: of the wanted kind, in the days observed, on a day at risk; all of them, or each person's first.
with at_risk as (
    select
        series.person_id,
        cast(events."on" as date) as day,
        row_number() over (partition by series.person_id order by cast(events."on" as date)) as place
    from events
    inner join series on events.person_id = series.person_id
    left join away
        on events.person_id = away.person_id and cast(events."on" as date) between away.away_from and away.away_to
    where
        $wanted
        and cast(events."on" as date) between series.starts_on and series.ends_on
        and away.person_id is null
)

select person_id, day from at_risk where place = 1 or not $first_event
