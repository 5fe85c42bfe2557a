"""The road: one file per kind of key, each of which reads the truth and makes it so.

`reconcilers` is the table of kinds. Each reconciler loads, decides (pure, in `core`), saves and
acts. Imports `core` and `logs`; stores and clients come as ports. Imported by `app` and `cli`.
"""
