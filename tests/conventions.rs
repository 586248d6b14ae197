//! The rules of classification, on capsules as real packages have them and on what is easily taken for one of those.

mod support;

use capsule_conformance::convention::classify;
use capsule_conformance::model::Spot;

/// (path, how, name, convention)
type Row = (&'static str, &'static str, Option<&'static str>, &'static str);

const EXAMPLES: &[Row] = &[
    // Importable by name.
    ("datetime.datetime_CAPI", "attribute", Some("datetime.datetime_CAPI"), "attribute"),
    ("_socket.CAPI", "attribute", Some("_socket.CAPI"), "attribute"),
    ("pyexpat.expat_CAPI", "attribute", Some("pyexpat.expat_CAPI"), "attribute"),
    ("unicodedata._ucnhash_CAPI", "attribute", Some("unicodedata._ucnhash_CAPI"), "attribute"),
    ("greenlet._C_API", "attribute", Some("greenlet._C_API"), "attribute"),
    ("gmpy2._C_API", "attribute", Some("gmpy2._C_API"), "attribute"),
    ("shapely.lib._C_API", "attribute", Some("shapely.lib._C_API"), "attribute"),
    ("multidict._multidict.CAPI", "attribute", Some("multidict._multidict.CAPI"), "attribute"),
    ("numba._devicearray._DEVICEARRAY_API", "attribute", Some("numba._devicearray._DEVICEARRAY_API"), "attribute"),
    ("PyQt6.sip._C_API", "attribute", Some("PyQt6.sip._C_API"), "attribute"),
    ("librt.internal._C_API", "attribute", Some("librt.internal._C_API"), "attribute"),
    // A name that is some other path is still meant as one.
    ("polars._plr._allocator", "attribute", Some("polars.polars._allocator"), "attribute"),
    ("_codecs_jp.__map_jisx0208", "attribute", Some("multibytecodec.map"), "attribute"),
    // Without a name.
    ("numpy._core._multiarray_umath._ARRAY_API", "attribute", None, "unnamed"),
    ("numpy._core._multiarray_umath._UFUNC_API", "attribute", None, "unnamed"),
    ("numpy._core._multiarray_umath.DATETIMEUNITS", "attribute", None, "unnamed"),
    ("_duckdb._clean_default_connection", "attribute", None, "unnamed"),
    ("jax.ffi.pycapsule(ctypes.pythonapi.Py_IsInitialized)", "factory", None, "unnamed"),
    // Labels.
    ("_cffi_backend._C_API", "attribute", Some("cffi"), "label"),
    ("cvxopt.base._C_API", "attribute", Some("base_API"), "label"),
    ("PIL._imagingmath.add_I", "attribute", Some("Pillow Math binary func"), "label"),
    ("PIL._imagingmath.abs_F", "attribute", Some("Pillow Math unary func"), "label"),
    ("PIL.Image.new('L', (1, 1)).getim()", "factory", Some("Pillow Imaging"), "label"),
    ("numpy.random.PCG64().capsule", "factory", Some("BitGenerator"), "label"),
    ("an argument of lxml.etree.adopt_external_document", "factory", Some("libxml2:xmlDoc"), "label"),
    ("jaxlib.lapack.registrations()['CPU'][0][1]", "factory", Some("xla._CUSTOM_CALL_TARGET"), "label"),
    ("module.table['entry']", "dict", Some("module.entry"), "label"),
    ("module._C_API", "attribute", Some(""), "label"),
    // Names that forget their module.
    ("module._C_API", "attribute", Some("_C_API"), "bare_attribute"),
    ("module.Class._C_API", "class", Some("_C_API"), "bare_attribute"),
    ("module.functions.sin", "dict", Some("sin"), "label"),
    // Cython.
    (
        "scipy.linalg.cython_blas.__pyx_capi__.dgemm",
        "dict",
        Some("void (char *, char *, int *, int *, int *, __pyx_t_5scipy_6linalg_11cython_blas_d *)"),
        "cython_signature",
    ),
    (
        "lxml.etree.__pyx_capi__.deepcopyNodeToDocument",
        "dict",
        Some("struct LxmlElement *(xmlNode *)"),
        "cython_signature",
    ),
    (
        "h5py.h5p.__pyx_capi__.pdefault",
        "dict",
        Some("hid_t (struct __pyx_obj_4h5py_3h5p_PropID *)"),
        "cython_signature",
    ),
    ("gevent.libev.corecext.__pyx_capi__['a variable']", "dict", Some("int"), "cython_signature"),
    ("pandas._libs.tslibs.__pyx_capi__.unnamed", "dict", None, "cython_signature"),
    ("pyarrow.lib.Table.__pyx_vtable__", "class", None, "cython_vtable"),
    ("lxml.etree._Element.__pyx_vtable__", "class", None, "cython_vtable"),
    // mypyc.
    ("3c22db458360489351e4__mypyc.init_tomli", "attribute", Some("3c22db458360489351e4__mypyc.init_tomli"), "mypyc"),
    ("b7ea__mypyc.exports_mypy___types", "attribute", Some("b7ea__mypyc.exports_mypy___types"), "mypyc"),
    // Protocols.
    ("numpy.arange(3).__dlpack__()", "factory", Some("dltensor"), "dlpack"),
    ("numpy.arange(3).__dlpack__(max_version=(1, 0))", "factory", Some("dltensor_versioned"), "dlpack"),
    ("consumed", "factory", Some("used_dltensor_versioned"), "dlpack"),
    (
        "tvm_ffi.core.DLTensorTestWrapper.__dlpack_c_exchange_api__",
        "class",
        Some("dlpack_exchange_api"),
        "dlpack_exchange",
    ),
    ("pyarrow.int64().__arrow_c_schema__()", "factory", Some("arrow_schema"), "arrow"),
    ("pyarrow.array([1]).__arrow_c_array__()[1]", "factory", Some("arrow_array"), "arrow"),
    ("polars.DataFrame().__arrow_c_stream__()", "factory", Some("arrow_array_stream"), "arrow"),
    ("pyarrow.array([1]).__arrow_c_device_array__()[1]", "factory", Some("arrow_device_array"), "arrow"),
    ("numpy.arange(3).__array_struct__", "factory", None, "array_struct"),
    ("scipy.LowLevelCallable(f).function", "factory", Some("double (double, void *)"), "signature_with_context"),
    ("scipy._lib._test_ccallback.plus", "factory", Some("double (double, int *, void *)"), "signature_with_context"),
    // What bindings keep for themselves.
    (
        "<interpreter>.__pybind11_internals_v12_system_libstdcpp_gxx_abi_1xxx_use_cxx11_abi_1__",
        "interpreter",
        None,
        "internals",
    ),
    ("contourpy._contourpy.FillType.__pybind11_module_local_v11_gcc__", "class", None, "internals"),
    ("<interpreter>.__nb_internals_v22_jax__", "interpreter", Some("nb_internals"), "internals"),
    ("jaxlib._jax.PrimitiveType.__nb_enum__", "class", None, "internals"),
    ("builtins.__pybind11_internals_v4_gcc__", "interpreter", None, "internals"),
];

#[test]
fn capsules_of_real_packages_follow_the_convention_that_they_do() {
    let conventions = support::suite().conventions;
    for (path, how, name, wanted) in EXAMPLES {
        let places = [Spot { path: (*path).to_owned(), how: (*how).to_owned() }];
        let found = classify(&conventions, &places, name.map(str::as_bytes));
        assert_eq!(found, *wanted, "{path} named {name:?}, found by {how}");
    }
}

#[test]
fn every_convention_has_an_example() {
    for convention in support::suite().conventions {
        assert!(EXAMPLES.iter().any(|row| row.3 == convention.id), "no example of `{}`", convention.id);
    }
}

#[test]
fn any_place_of_a_capsule_may_tell_its_convention() {
    let place = |path: &str, how: &str| Spot { path: path.to_owned(), how: how.to_owned() };
    let places = [place("module.f", "attribute"), place("module.__pyx_capi__.f", "dict")];
    assert_eq!(classify(&support::suite().conventions, &places, Some(b"int (int)")), "cython_signature");
}
