-- Each person's stretches of days, first and last day included. The rest holds the earlier window; raw, the washout.
select person_id, 'washout' as period, washout_from as day_from, before_anchor - 1 as day_to from windows
union all
select person_id, 'raw' as period, raw_from as day_from, before_anchor - 1 as day_to from windows
union all
select person_id, 'before' as period, window_from as day_from, washout_from - 1 as day_to from windows
union all
select person_id, 'earlier' as period, earlier_from as day_from, window_from - 1 as day_to from windows
union all
select person_id, 'rest' as period, before_from as day_from, window_from - 1 as day_to from windows
union all
select person_id, 'after' as period, after_anchor + 1 as day_from, after_to as day_to from windows
