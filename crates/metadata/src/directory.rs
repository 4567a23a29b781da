//! A metadata directory: the document as Hasura's command line writes it to disk.
