//! What Linux tells about a process in `/proc/PID` (proc(5)): the parsing, and nothing else.

/// The CPU time of the whole process in clock ticks, user and system, from the text of `/proc/PID/stat`.
pub(crate) fn cpu_ticks(stat: &str) -> Option<u64> {
    // The second field, the command in parentheses, may itself hold spaces and parentheses; the fields after
    // the last `)` are plain. utime and stime are fields 14 and 15, so the twelfth and thirteenth of these.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// The CPU time that all processes together have used on these cores, in clock ticks, from the text of `/proc/stat`.
pub(crate) fn busy_ticks(stat: &str, cores: &[usize]) -> Option<u64> {
    let mut busy = 0_u64;
    for core in cores {
        let name = format!("cpu{core}");
        let line = stat
            .lines()
            .find(|line| line.split_ascii_whitespace().next() == Some(&name))?;
        // user nice system idle iowait irq softirq: the fourth and the fifth are the time in which nobody ran.
        for (column, field) in line.split_ascii_whitespace().skip(1).take(7).enumerate() {
            if !matches!(column, 3 | 4) {
                busy = busy.checked_add(field.parse().ok()?)?;
            }
        }
    }
    Some(busy)
}

/// The resident memory in bytes, from the text of `/proc/PID/status`.
pub(crate) fn resident_bytes(status: &str) -> Option<u64> {
    let kib: u64 = field(status, "VmRSS:")?
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()?;
    kib.checked_mul(1024)
}

/// The cores the process may run on, from the text of `/proc/PID/status`.
pub(crate) fn allowed_cores(status: &str) -> Option<Vec<usize>> {
    let mut cores = Vec::new();
    for range in field(status, "Cpus_allowed_list:")?.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        cores.extend(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?);
    }
    Some(cores)
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_behind_any_command_name() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 2017 0 3 0 127 45 0 0 20 0 2 0 3112 8794112 1203 18446744073709551615";
        assert_eq!(cpu_ticks(stat), Some(172));
        assert_eq!(cpu_ticks("42 (bench) S 1 42"), None);
        assert_eq!(cpu_ticks(""), None);
    }

    #[test]
    fn the_busy_time_of_a_core_leaves_out_idle_and_waiting() {
        let stat = "cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 900 900 4 5 900 0 0\ncpu1 10 0 0 900 900 0 0 0 0 0\ncpu10 99 0 0 0 0 0 0\n";
        assert_eq!(busy_ticks(stat, &[0]), Some(15));
        assert_eq!(busy_ticks(stat, &[0, 1]), Some(25));
        assert_eq!(busy_ticks(stat, &[7]), None);
    }

    #[test]
    fn resident_memory_is_given_in_bytes() {
        let status = "Name:\tbench\nVmHWM:\t    9000 kB\nVmRSS:\t    8196 kB\nThreads:\t1\n";
        assert_eq!(resident_bytes(status), Some(8196 * 1024));
        assert_eq!(resident_bytes("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn allowed_cores_are_lists_of_ranges() {
        let cores =
            |list: &str| allowed_cores(&format!("Cpus_allowed:\tff\nCpus_allowed_list:\t{list}\n"));
        assert_eq!(cores("0-1"), Some(vec![0, 1]));
        assert_eq!(cores("3"), Some(vec![3]));
        assert_eq!(cores("0,2-4"), Some(vec![0, 2, 3, 4]));
        assert_eq!(cores("x"), None);
    }
}
