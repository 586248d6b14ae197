// One definition, three ways to initialise it: FIXTURE_SINGLE_PHASE, else multi-phase,
// with the full API or, under Py_LIMITED_API, the limited one. Included last; needs
// `methods`, `execute`, and a `State` with `visit_state` and `clear_state`.

#ifndef FIXTURE_MODULE_H
#define FIXTURE_MODULE_H

// The state is NULL as long as CPython 3.8 has not executed the module.
static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    State *state = PyModule_GetState(module);
    return state == NULL ? 0 : visit_state(state, visit, arg);
}

static int
clear(PyObject *module)
{
    State *state = PyModule_GetState(module);
    if (state != NULL) {
        clear_state(state);
    }
    return 0;
}

static void
deallocate(void *module)
{
    clear(module);
}

#ifndef FIXTURE_SINGLE_PHASE
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)(uintptr_t)execute},
#ifdef Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
#ifdef Py_MOD_GIL_NOT_USED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
#endif

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = MODULE_NAME,
    .m_size = sizeof(State),
    .m_methods = methods,
#ifndef FIXTURE_SINGLE_PHASE
    .m_slots = slots,
#endif
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = deallocate,
};

// Before 3.9 PyMODINIT_FUNC alone does not export.
__attribute__((visibility("default"))) PyMODINIT_FUNC
PASTE(PyInit_, FIXTURE_MODULE)(void)
{
#ifndef FIXTURE_SINGLE_PHASE
    return PyModuleDef_Init(&definition);
#else
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) {
        return NULL;
    }
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif
    if (execute(module) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
#endif
}

#endif
