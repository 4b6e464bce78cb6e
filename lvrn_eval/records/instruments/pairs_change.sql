-- Each person's change on one scale, with the index of reliable change and what it says.
select
    pairs.person_id,
    pairs.informant,
    pairs.scale,
    pairs.before,
    pairs.after,
    pairs.band_before,
    pairs.band_after,
    pairs.change,
    $index as reliable_index,
    $class as class
from pairs
where pairs.scale = $scale and pairs.before is not null and pairs.after is not null
