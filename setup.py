"""Which folders are packages; everything else about the build stands in pyproject.toml.

The flows lie at the top, in ``flows/``, where people look for them, and install as ``ingest_flows``: the bare
name would collide with the ``flows`` folders that Prefect users keep in their own projects. Only here can
found packages be joined with one that has another name than its folder.
"""

from setuptools import find_packages, setup

setup(packages=[*find_packages("src"), "ingest_flows"], package_dir={"": "src", "ingest_flows": "flows"})
