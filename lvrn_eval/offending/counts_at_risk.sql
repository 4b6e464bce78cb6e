-- The counts with the events on days not at risk taken out.
select
    counts.person_id,
    counts.before - coalesce(away_counts.before, 0) as before,
    counts.during - coalesce(away_counts.during, 0) as during,
    counts.after - coalesce(away_counts.after, 0) as after
from counts
left join away_counts on counts.person_id = away_counts.person_id
