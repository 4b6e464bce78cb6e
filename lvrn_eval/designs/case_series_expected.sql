-- Days on which the expected number of events a day changes, and by how much, if the model were right.
-- Each person's events are spread over the person's days at risk in proportion to the ratio of the day.
with risks as (
    select
        cells.person_id,
        sum(cells.events) as events,
        -- decimal, so that a sum does not depend on the order of its terms
        cast(sum(cast(cells.days * ratios.ratio as decimal(30, 15))) as double) as risk
    from cells
    inner join ratios
        on cells.period = ratios.period and cells.age = ratios.age and cells.calendar = ratios.calendar
    group by cells.person_id
),

rated as (
    select
        spans.person_id,
        spans.from_day,
        spans.to_day,
        risks.events * ratios.ratio / risks.risk as rate
    from spans
    inner join ratios
        on spans.period = ratios.period and spans.age = ratios.age and spans.calendar = ratios.calendar
    inner join risks on spans.person_id = risks.person_id
    where risks.risk > 0
),

stretches as (
    select from_day, to_day, rate from rated
    union all
    select
        greatest(rated.from_day, away.away_from) as from_day,
        least(rated.to_day, away.away_to) as to_day,
        -rated.rate as rate
    from rated
    inner join away
        on rated.person_id = away.person_id and away.away_from <= rated.to_day and away.away_to >= rated.from_day
),

changes as (
    select from_day as day, cast(rate as decimal(30, 15)) as change from stretches
    union all
    select to_day + 1 as day, cast(-rate as decimal(30, 15)) as change from stretches
)

select day, cast(sum(change) as double) as change from changes group by day order by day
