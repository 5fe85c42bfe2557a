"""Running a command on lists of tests: how it is started, judged, ended and gone on with."""
