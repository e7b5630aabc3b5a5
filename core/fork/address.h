// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <QString>

namespace kernelyard {

/// Refuses what is no plain git address: an option (`--upload-pack=…`), a transport that runs commands (`ext::…`),
/// control characters. Errors: Invalid.
Result<void> checkAddress(const QString &url);

/// It names a folder of this machine: a path or a file:// address.
bool isLocalAddress(const QString &url);

/// The address of a submodule as its repository would use it: "../sibling" starts at \a parent, the address of the
/// repository that names it.
QString resolvedAddress(const QString &url, const QString &parent);

/// For people: without a user name and password, without the scheme and the ending .git: "github.com/you/xformers".
QString shortAddress(const QString &url);

/// The folder name that git itself would give a clone of \a url.
QString nameOfAddress(const QString &url);

/// Whether \a relative stays below the folder \a root without passing a symbolic link, and has no part named "..",
/// "." or, in any case and with what file systems ignore (trailing dots and spaces, ~1), ".git".
bool isInside(const QString &root, const QString &relative);

/// One folder name, as a fork may have: not hidden, no option, no separator, no control character.
bool isPlainName(const QString &name);

} // namespace kernelyard
