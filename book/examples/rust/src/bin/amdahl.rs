//! Amdahl's law in numbers: how many times faster, if a part of the work cannot be divided.

fn main() {
    println!("cores        2        4        8       64");
    for serial in [0.0, 0.05, 0.2] {
        let percent = serial * 100.0;
        let row: String =
            [2.0, 4.0, 8.0, 64.0].map(|cores| format!("{:>9.1}", speed_up(serial, cores))).concat();
        println!("{percent:>2.0} %{row}");
    }
}

/// `serial` is the part that one core has to do alone, the rest is divided among all of them.
fn speed_up(serial: f64, cores: f64) -> f64 {
    1.0 / (serial + (1.0 - serial) / cores)
}
