-- What a measure adds up to in each period and place.
select
    rows.m_period as period_start,
    rows.m_place as place,
    cast($above as double) as above,
    cast($below as double) as below,
    cast($spread as double) as spread,
    cast($before as double) as before,
    cast($before_below as double) as before_below,
    cast($people as double) as n_people,
    sum(rows.m_records) as n_records,
    sum(rows.m_unknown) as n_missing
from rows
group by rows.m_period, rows.m_place
