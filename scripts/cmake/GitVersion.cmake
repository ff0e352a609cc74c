# cmake -D SOURCE_DIR=<repository> -D INPUT=<template> -D OUTPUT=<.cpp> -D VERSION=<x.y.z> -P GitVersion.cmake
# Writes version.cpp anew, only when the commit has changed. Without git the commit is empty.

set(COMMIT "")
find_program(GIT git)
if(GIT)
  execute_process(
    COMMAND "${GIT}" -C "${SOURCE_DIR}" rev-parse --short=12 HEAD
    OUTPUT_VARIABLE COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
configure_file("${INPUT}" "${OUTPUT}" @ONLY)
