//! Decides which user of the operating system the database runs as. PostgreSQL refuses to run as root, so a server started
//! by root hands its database to `postgres` or, where there is no such user, to `nobody`. It changes no user and creates none.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Gid, Uid, User, geteuid};

use super::error::Error;
use super::places::{self, Places};

/// What `nobody` is where the user database does not know the name.
const NOBODY: u32 = 65534;

/// The user the database runs as.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: String,
    uid: u32,
    gid: u32,
    /// Whether a child must be told to become this user: only root has to, and only root can.
    switch: bool,
}

impl Account {
    /// The user for the data directory, which need not exist yet.
    ///
    /// An existing cluster keeps its owner: installing a `postgres` user later must not lock us out of a cluster that
    /// `nobody` made.
    ///
    /// # Errors
    /// [`Error::OtherOwner`] when this process is neither root nor the user who started this data directory before.
    pub(super) fn of(at: &Places) -> Result<Self, Error> {
        let owner = |path: &Path| fs::metadata(path).ok().map(|found| (found.uid(), found.gid()));
        if geteuid().is_root() {
            let keeps = owner(&at.cluster).filter(|(uid, _)| *uid != 0);
            return Ok(keeps.map_or_else(Self::for_root, |(uid, gid)| Self::switched(&name_of(uid), uid, gid)));
        }
        let ours = Self::ourselves();
        // Not the directory itself: a container's volume may belong to root and yet be ours to write to.
        match owner(&at.lock).or_else(|| owner(&at.cluster)) {
            Some((uid, _)) if uid != ours.uid => {
                Err(Error::OtherOwner { data_dir: at.data_dir.clone(), owner: name_of(uid), ours: ours.name })
            }
            _ => Ok(ours),
        }
    }

    /// The user that would run a new cluster.
    #[cfg(test)]
    pub(super) fn for_new() -> Self {
        if geteuid().is_root() { Self::for_root() } else { Self::ourselves() }
    }

    fn for_root() -> Self {
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .map_or_else(
                || Self::switched("nobody", NOBODY, NOBODY),
                |user| Self::switched(&user.name, user.uid.as_raw(), user.gid.as_raw()),
            )
    }

    fn switched(name: &str, uid: u32, gid: u32) -> Self {
        Self { name: name.to_owned(), uid, gid, switch: true }
    }

    fn ourselves() -> Self {
        let (uid, gid) = (geteuid(), nix::unistd::getegid());
        Self { name: name_of(uid.as_raw()), uid: uid.as_raw(), gid: gid.as_raw(), switch: false }
    }

    /// Makes `command` run as this user. The standard library drops the supplementary groups with the user id.
    pub(super) fn apply(&self, command: &mut Command) {
        if self.switch {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// Gives `path` to this user, when that is not us already.
    ///
    /// # Errors
    /// [`Error::File`] when the owner cannot be changed.
    pub(super) fn own(&self, path: &Path) -> Result<(), Error> {
        if !self.switch {
            return Ok(());
        }
        nix::unistd::chown(path, Some(Uid::from_raw(self.uid)), Some(Gid::from_raw(self.gid)))
            .map_err(|errno| Error::file("change the owner of", path)(errno.into()))
    }

    /// Whether `path` belongs to this user.
    pub(super) fn owns(&self, path: &Path) -> bool {
        fs::symlink_metadata(path).is_ok_and(|found| found.uid() == self.uid)
    }

    /// Checks that this user may enter every directory above and including `wanted`, as far as it exists.
    ///
    /// # Errors
    /// [`Error::Closed`] naming the first directory that is closed to the user.
    pub(super) fn can_enter(&self, wanted: &Path) -> Result<(), Error> {
        if !self.switch {
            return Ok(());
        }
        match self.first_closed(wanted) {
            None => Ok(()),
            Some((closed, mode)) => Err(Error::Closed {
                wanted: wanted.to_owned(),
                closed,
                mode,
                user: self.name.clone(),
                suggestion: places::root_default(),
            }),
        }
    }

    /// The directory nearest to `/` that this user may not enter, with its permission bits. Symbolic links are followed.
    pub(super) fn first_closed(&self, wanted: &Path) -> Option<(PathBuf, u32)> {
        let existing = wanted.ancestors().find_map(|path| fs::canonicalize(path).ok())?;
        let mut above: Vec<&Path> = existing.ancestors().collect();
        above.reverse();
        above.into_iter().find_map(|path| {
            let found = fs::metadata(path).ok()?;
            (found.is_dir() && !self.may_search(found.uid(), found.gid(), found.mode()))
                .then(|| (path.to_owned(), found.mode() & 0o7777))
        })
    }

    fn may_search(&self, owner: u32, group: u32, mode: u32) -> bool {
        let bit = if owner == self.uid {
            0o100
        } else if group == self.gid {
            0o010
        } else {
            0o001
        };
        mode & bit != 0
    }
}

fn name_of(uid: u32) -> String {
    User::from_uid(Uid::from_raw(uid)).ok().flatten().map_or_else(|| format!("number {uid}"), |user| user.name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn stranger() -> Account {
        Account::switched("stranger", 54_321, 54_321)
    }

    #[test]
    fn names_the_closed_directory_nearest_to_the_root() {
        let base = tempfile::tempdir().unwrap();
        fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let home = base.path().join("home");
        fs::create_dir_all(home.join("deep")).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        fs::set_permissions(home.join("deep"), fs::Permissions::from_mode(0o700)).unwrap();
        let closed = stranger().first_closed(&home.join("deep/not/there/yet"));
        assert_eq!(closed, Some((fs::canonicalize(&home).unwrap(), 0o700)));
        let said = stranger().can_enter(&home.join("deep")).unwrap_err().to_string();
        assert!(said.contains("user stranger, who may not enter") && said.contains("(mode 0700)"), "{said}");
    }

    #[test]
    fn owner_group_and_others_each_have_their_own_bit() {
        let account = stranger();
        assert!(account.may_search(54_321, 0, 0o100));
        assert!(!account.may_search(54_321, 54_321, 0o011), "the owner's bit decides for the owner");
        assert!(account.may_search(0, 54_321, 0o010));
        assert!(!account.may_search(0, 54_321, 0o001), "the group's bit decides for the group");
        assert!(account.may_search(0, 0, 0o001));
    }

    #[test]
    fn our_own_processes_are_not_checked_or_switched() {
        let ours = Account::ourselves();
        assert!(ours.can_enter(Path::new("/")).is_ok());
        assert!(!ours.switch);
    }
}
