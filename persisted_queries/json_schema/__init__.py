"""Operations as JSON Schema (draft 2020-12): what their variables may be, and what their answers are."""
