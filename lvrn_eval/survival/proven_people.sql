-- Those whose time to offend and for the proof is over by the end of the records, with the day their time is over.
select people.*, $until as follow_up_ends
from people
where $mature_on <= $end
