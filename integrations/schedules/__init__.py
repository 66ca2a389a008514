"""Schedules of other houses, read into one shape: bytes in, gatherings or located faults out.

`read.read_schedule` is the door. It recognises three formats by their content:

* pentabarf / frab XML (`schedule.xml`, also gzipped), as frab, pretalx and c3voc's tools write it
  (XSD: `validator/xsd/schedule.xml.xsd` of github.com/voc/schedule);
* frab / pretalx JSON (`schedule.json`; JSON schema: `validator/json/schema.json` of the same repository);
* conference lists, the JSON of github.com/tech-conferences/conference-data.

The way of one file: `read` unpacks and recognises · `xml_tree`, `json_tree` parse within limits · `frab_xml`,
`frab_json` lay the two syntaxes of frab's vocabulary into the same `records` · `edition` and `talks` give them
meaning, once for both · `conference_list` does so for lists · `merge` joins what several files say of one gathering.

Nothing here knows a database: what is read is data of `model`, and is complete and checked, or is not returned at all.
"""
