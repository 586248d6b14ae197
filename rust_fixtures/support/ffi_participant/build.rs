fn main() {
    // Free-threaded builds need one more module slot.
    pyo3_build_config::use_pyo3_cfgs();
}
