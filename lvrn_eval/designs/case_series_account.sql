-- How many people there are, how many of them have an event that counts, and what became of their events.
select
    (select count(*) from series) as people,
    (select count(*) from series where said_referred is null) as not_referred,
    (select count(*) from series where said_referred > first_contact) as late_referral,
    (select count(distinct person_id) from placed) as with_event,
    (select count(*) from placed) as events,
    (
        select count(*)
        from events
        inner join series on events.person_id = series.person_id
        where $wanted
    ) as recorded,
    (
        select count(*)
        from events
        inner join series on events.person_id = series.person_id
        where $wanted and cast(events."on" as date) between series.starts_on and series.ends_on
    ) as observed
