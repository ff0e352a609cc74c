# cmake -D BUILD_DIR=<a build of Tidemark> -D WORK_DIR=<scratch> -D CXX=<compiler> -D STATIC=<ON|OFF> -P check.cmake
# Installs the library, builds the consumer against it with find_package, and runs it.

file(REMOVE_RECURSE "${WORK_DIR}")
foreach(step IN ITEMS
    "${CMAKE_COMMAND}|--install|${BUILD_DIR}|--component|library|--prefix|${WORK_DIR}/prefix"
    "${CMAKE_COMMAND}|-G|Ninja|-S|${CMAKE_CURRENT_LIST_DIR}|-B|${WORK_DIR}/build|-DCMAKE_CXX_COMPILER=${CXX}|-DTIDEMARK_STATIC=${STATIC}|-DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix"
    "${CMAKE_COMMAND}|--build|${WORK_DIR}/build"
    "${WORK_DIR}/build/consumer")
  string(REPLACE "|" ";" command "${step}")
  execute_process(COMMAND ${command} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
