-- How many hold a status at the end of each period, each judged by its latest row up to then.
with edges as (
    select
        periods.period_start,
        rows.m_place,
        rows.m_key,
        max(rows.m_day) as last_day,
        sum(rows.m_records) as n_records
    from rows
    inner join periods on rows.m_day <= periods.period_end
    where rows.m_kept
    group by periods.period_start, rows.m_place, rows.m_key
),

judged as (
    -- two rows of one day: the status holds when either says so
    select
        edges.period_start,
        edges.m_place,
        edges.m_key,
        edges.n_records,
        max(rows.m_above) as holds,
        max(rows.m_person) as m_person
    from edges
    inner join rows
        on edges.m_key = rows.m_key and edges.m_place = rows.m_place and edges.last_day = rows.m_day and rows.m_kept
    group by edges.period_start, edges.m_place, edges.m_key, edges.n_records
)

select
    period_start,
    m_place as place,
    cast(sum(holds) as double) as above,
    cast(count(*) as double) as below,
    cast(null as double) as spread,
    cast(null as double) as before,
    cast(null as double) as before_below,
    case when $has_people then cast(count(distinct m_person) as double) end as n_people,
    sum(n_records) as n_records,
    0 as n_missing
from judged
group by period_start, m_place
