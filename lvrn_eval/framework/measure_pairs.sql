-- The change within each person from their earliest row of the one kind to their latest of the other.
with edges as (
    select
        m_key,
        m_place,
        min(case when m_first then m_day end) as first_day,
        max(case when m_last then m_day end) as last_day
    from rows
    where m_kept and (m_first or m_last)
    group by m_key, m_place
),

ends as (
    -- several rows of one day count as their mean
    select
        edges.m_key,
        edges.m_place,
        edges.last_day,
        avg(case when rows.m_first and rows.m_day = edges.first_day then rows.m_above end) as first_value,
        avg(case when rows.m_last and rows.m_day = edges.last_day then rows.m_above end) as last_value,
        sum(
            case
                when
                    (rows.m_first and rows.m_day = edges.first_day) or (rows.m_last and rows.m_day = edges.last_day)
                    then rows.m_records
                else 0
            end
        ) as n_records
    from edges
    inner join rows on edges.m_key = rows.m_key and edges.m_place = rows.m_place and rows.m_kept
    group by edges.m_key, edges.m_place, edges.last_day
),

pairs as (
    select
        $period as period_start,
        m_place,
        first_value,
        last_value,
        last_value - first_value as change,
        case when first_value is not null and last_value is not null then n_records else 0 end as n_records
    from ends
)

select
    period_start,
    m_place as place,
    avg(change) as above,
    cast(count(change) as double) as below,
    stddev_samp(change) as spread,
    avg(case when change is not null then first_value end) as before,
    cast(null as double) as before_below,
    case when $has_people then cast(count(change) as double) end as n_people,
    sum(n_records) as n_records,
    count(*) - count(change) as n_missing
from pairs
group by period_start, m_place
