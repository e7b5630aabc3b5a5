// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/environment/choices.h"

#include <QDialog>

class QComboBox;
class QGridLayout;
class QLineEdit;

namespace kernelyard {

class Environments;
class Label;

/// The choices that an environment's file leaves open, each with its value in use. What is not the default is kept as
/// the user's own value, for the window and the commands alike.
class ChoicesDialog : public QDialog
{
    Q_OBJECT

public:
    ChoicesDialog(const Environment &environment, Environments &environments, QWidget *parent = nullptr);

    /// What is entered for the choice \a name; where it is detected and nothing was chosen, it is empty.
    QString entered(const QString &name) const;
    void enter(const QString &name, const QString &value);
    ChosenValues own() const; ///< as it would be kept
    QAction *keepAction() const { return m_keep; }
    QAction *defaultsAction() const { return m_defaults; }
    QString problem() const; ///< why what was entered was not kept; empty: nothing was refused

Q_SIGNALS:
    void kept();

private:
    struct Field
    {
        QLineEdit *line = nullptr; ///< one of the two
        QComboBox *list = nullptr;
        Label *note = nullptr; ///< where it is the user's own: what the default would be
    };

    void addChoice(QGridLayout *grid, const Choice &choice);
    void chooseFolder(const QString &name);
    void update();
    QString noteOf(const Choice &choice) const;
    void keep();
    QString defaultOf(const Choice &choice) const;

    Environment m_environment;
    Environments &m_environments;
    QList<Field> m_fields; ///< in the order of the environment's choices
    QWidget *m_refusal;
    Label *m_problem;
    QAction *m_keep;
    QAction *m_defaults;
};

} // namespace kernelyard
