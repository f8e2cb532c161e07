# Writes OUTPUT, a header with the commit of the tree SOURCE, when that changed.
execute_process(COMMAND git -C ${SOURCE} rev-parse --verify -q HEAD
    OUTPUT_VARIABLE GIT_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
execute_process(COMMAND git -C ${SOURCE} status --porcelain
    OUTPUT_VARIABLE git_status OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(git_status)
    set(GIT_DIRTY 1)
else()
    set(GIT_DIRTY 0)
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/git_info.h.in ${OUTPUT} @ONLY)
