-- The rows of people, of whom those with the very same rows are one: a number, how many people, and nobody's name.
with patterns as (
    select
        person_id,
        string_agg(
            cast(period as text) || ' ' || cast(age as text) || ' ' || cast(calendar as text) || ' '
            || cast(probe as text) || ' ' || cast(days as text) || ' ' || cast(events as text),
            ','
            order by period, age, calendar, probe
        ) as pattern
    from cells
    group by person_id
),

numbered as (
    select
        person_id,
        dense_rank() over (order by pattern) as number,
        count(*) over (partition by pattern) as people,
        row_number() over (partition by pattern order by person_id) as place
    from patterns
)

select
    cast(numbered.number as bigint) as number,
    cast(numbered.people as bigint) as people,
    cells.period,
    cells.age,
    cells.calendar,
    cells.probe,
    cells.days,
    cells.events
from numbered
inner join cells on numbered.person_id = cells.person_id
where numbered.place = 1
-- sums of floating numbers depend on the order of their terms: a stated order gives the same digits every time
order by number, cells.period, cells.age, cells.calendar, cells.probe
