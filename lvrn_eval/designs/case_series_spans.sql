-- The days observed of people with an event, cut at every mark: in which period and band each stretch lies.
-- A mark begins a level; of several marks of one kind the highest that has begun counts.
with dated as (
    select
        series.person_id,
        series.starts_on,
        series.ends_on,
        marks.factor,
        marks.level,
        case marks.anchor
            when 'start' then series.starts_on
            when 'referral' then series.referred_on + marks.days
            when 'first_contact' then series.first_contact + marks.days
            when 'last_contact' then series.last_contact + marks.days
            when 'birth' then cast(series.birth + interval (marks.months) month as date)
            when 'day' then marks.day
            when 'end' then series.ends_on + marks.days
        end as day
    from series
    cross join marks
    where series.person_id in (select person_id from placed)
),

points as (
    select
        person_id,
        ends_on,
        greatest(day, starts_on) as day,
        max(case when factor = 'period' then level end) as period,
        max(case when factor = 'age' then level end) as age,
        max(case when factor = 'calendar' then level end) as calendar,
        max(case when factor = 'probe' then level end) as probe
    from dated
    where day <= ends_on
    group by person_id, ends_on, greatest(day, starts_on)
)

select
    person_id,
    day as from_day,
    coalesce(lead(day) over (partition by person_id order by day) - 1, ends_on) as to_day,
    max(period) over (partition by person_id order by day rows between unbounded preceding and current row) as period,
    max(age) over (partition by person_id order by day rows between unbounded preceding and current row) as age,
    max(calendar) over (partition by person_id order by day rows between unbounded preceding and current row)
        as calendar,
    max(probe) over (partition by person_id order by day rows between unbounded preceding and current row) as probe
from points
